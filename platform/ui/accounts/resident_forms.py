"""The forms with which residents sign in."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.forms import PlainForm

_LONGEST_PASSWORD = 1000


def _email() -> forms.EmailField:
    attributes = {"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}
    return forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attributes))


class AddressForm(PlainForm):
    """The address to which a code is sent."""

    email = _email()


class SentCodeForm(PlainForm):
    """The code that was sent by e-mail."""

    code = forms.CharField(
        label=_("Six-digit code"),
        max_length=20,
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": "code-entry",
            }
        ),
    )


class EmailPasswordForm(PlainForm):
    """An e-mail address and a password."""

    email = _email()
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class NewPasswordForm(PlainForm):
    """Twice the first password of an account that has none."""

    new = forms.CharField(
        label=pgettext_lazy("field", "New password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        help_text=_("At least 8 characters, and not one that others use."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_repeated(self) -> str:
        """Return the repeated password, or reject one that differs from the new one."""
        repeated: str = self.cleaned_data["repeated"]
        if "new" in self.cleaned_data and repeated != self.cleaned_data["new"]:
            raise forms.ValidationError(_("The two new passwords differ. Enter the same twice."))
        return repeated
