"""Forms of the installation's settings. A stored secret is never shown: an empty field keeps it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.secret_inputs import KEEP, secret_input, text_input
from console.setting_changes import REACH
from integrations.notify.mail_server import Security
from ui.forms import ConfirmableForm, PlainForm, RevisedForm

SECURITY = {
    Security.STARTTLS: _("STARTTLS (usually port 587)"),
    Security.TLS: _("TLS (usually port 465)"),
    Security.NONE: _("none, only within this machine or network"),
}
_LONGEST_PEM = 100_000


class MailServerForm(RevisedForm):
    """A mail server and the account there."""

    host = forms.CharField(label=_("Server"), max_length=253, widget=text_input())
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(label=_("Encryption"), choices=list(SECURITY.items()))
    user = forms.CharField(
        label=_("User name"),
        max_length=254,
        required=False,
        widget=text_input(),
        help_text=_("Empty for a server that needs no sign-in."),
    )
    password = forms.CharField(
        label=_("Password"), max_length=1000, required=False, strip=False, widget=secret_input()
    )
    sender = forms.CharField(
        label=_("Sender"),
        max_length=254,
        widget=text_input(),
        help_text=_("Such as gate@example.com or Harbour Park <gate@example.com>."),
    )

    def __init__(self, *args: Any, has_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_password:
            self.fields["password"].help_text = KEEP


class TestMailForm(PlainForm):
    """The receiver of a test mail."""

    to = forms.CharField(
        label=_("To"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )


class _PemField(forms.CharField):
    """A text in PEM format, pasted; it is not shown again when the form is rejected."""

    class Widget(forms.Textarea):
        """A text area that is always empty."""

        def format_value(self, value: Any) -> str:
            """Return no text: a key must not be sent back."""
            return ""

    def __init__(self, **kwargs: Any) -> None:
        widget = self.Widget({"rows": 4, "autocomplete": "off", "spellcheck": "false"})
        super().__init__(
            required=False, max_length=_LONGEST_PEM, strip=False, widget=widget, **kwargs
        )


class CertificateForm(ConfirmableForm):
    """A certificate with its chain and its key, as files or pasted texts."""

    ticks = {"despite_name": _("Browsers use one of its names")}

    certificate_file = forms.FileField(label=_("File of the certificate"), required=False)
    certificate = _PemField(
        label=_("or its text"),
        help_text=_("The server's certificate and those that lead to its authority (fullchain)."),
    )
    key_file = forms.FileField(label=_("File of the key"), required=False)
    key = _PemField(
        label=_("or the text of the key"), help_text=_("It is stored on the server only.")
    )

    def clean(self) -> dict[str, Any]:
        """Return the texts of both, from the files or as pasted."""
        values = super().clean() or {}
        for name in ("certificate", "key"):
            values[name] = self._text(values.pop(f"{name}_file", None), values.get(name, ""))
            if not values[name] and name not in self.errors:
                self.add_error(f"{name}_file", _("Choose the file, or paste its text."))
        return values

    def _text(self, file: Any, pasted: str) -> str:
        if not file:
            return pasted
        content: bytes = file.read(_LONGEST_PEM)
        return content.decode("ascii", "replace")


class BrokerForm(RevisedForm):
    """Who reaches the broker, and where."""

    reach = forms.ChoiceField(
        label=_("Reached by"),
        choices=list(REACH.items()),
        help_text=_("Without TLS passwords, plates and photos are readable in the network."),
    )
    address = forms.CharField(
        label=_("This machine's address for devices"),
        max_length=253,
        required=False,
        widget=text_input(),
        help_text=_("Its name or address in the devices' network, such as 10.0.7.1."),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    tls_port = forms.IntegerField(label=_("Port with TLS"), min_value=1, max_value=65535)
