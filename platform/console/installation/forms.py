"""Forms of the installation's settings. A stored secret is never shown: an empty field keeps it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.notify.mail_server import Security
from ui.forms import ConfirmableForm, PlainForm, RevisedForm

SECURITY = {
    Security.STARTTLS: _("STARTTLS (usually port 587)"),
    Security.TLS: _("TLS (usually port 465)"),
    Security.NONE: _("none, only within this machine or network"),
}
REACH = {
    "local": _("this machine only"),
    "tls": _("other machines, with TLS"),
    "plain": _("other machines, also without TLS"),
}
_LONGEST_PEM = 100_000
_KEEP = _("Leave it empty to keep the stored one.")
_DESPITE = {"despite_payments": _("Change it, although payments are under way")}


def _text(autocomplete: str = "off", **attributes: Any) -> forms.TextInput:
    return forms.TextInput(
        {
            "autocomplete": autocomplete,
            "autocapitalize": "none",
            "spellcheck": "false",
            **attributes,
        }
    )


def _secret() -> forms.PasswordInput:
    # "new-password" keeps browsers from filling in the password of the signed-in user.
    return forms.PasswordInput({"autocomplete": "new-password"}, render_value=False)


class MailServerForm(RevisedForm):
    """A mail server and the account there."""

    host = forms.CharField(label=_("Server"), max_length=253, widget=_text())
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(label=_("Encryption"), choices=list(SECURITY.items()))
    user = forms.CharField(
        label=_("User name"),
        max_length=254,
        required=False,
        widget=_text(),
        help_text=_("Empty for a server that needs no sign-in."),
    )
    password = forms.CharField(
        label=_("Password"), max_length=1000, required=False, strip=False, widget=_secret()
    )
    sender = forms.CharField(
        label=_("Sender"),
        max_length=254,
        widget=_text(),
        help_text=_("Such as gate@example.com or Harbour Park <gate@example.com>."),
    )

    def __init__(self, *args: Any, has_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_password:
            self.fields["password"].help_text = _KEEP


class TestMailForm(PlainForm):
    """The receiver of a test mail."""

    to = forms.CharField(
        label=_("To"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )


class PaymentAccountForm(ConfirmableForm, RevisedForm):
    """The keys of an account at Stripe."""

    ticks = _DESPITE

    api_key = forms.CharField(
        label=_("Secret key"),
        max_length=300,
        required=False,
        widget=_secret(),
        help_text=_("It begins with sk_live_, or with sk_test_ to try payments without money."),
    )
    webhook_secret = forms.CharField(
        label=_("Signing secret of the webhook"),
        max_length=300,
        required=False,
        widget=_secret(),
        help_text=_("It begins with whsec_."),
    )

    def __init__(self, *args: Any, stored: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in stored & self.fields.keys():
            self.fields[name].help_text = _KEEP


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


class RemoveAccountForm(ConfirmableForm):
    """The confirmation to remove the account."""

    ticks = _DESPITE


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
        widget=_text(),
        help_text=_("Its name or address in the devices' network, such as 10.0.7.1."),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    tls_port = forms.IntegerField(label=_("Port with TLS"), min_value=1, max_value=65535)
