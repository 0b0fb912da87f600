"""The forms to sign in and to change the password."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.client_address import client_address
from core.models import User
from core.sign_in import Origin, sign_in
from ui.accounts.known_browsers import browser_mark
from ui.forms import PlainForm

_LONGEST_PASSWORD = 1000


class SignInForm(PlainForm):
    """A user name and a password; valid if they are a user's."""

    username = UsernameField(label=_("User name"), max_length=150)
    password = forms.CharField(label=_("Password"), strip=False, max_length=_LONGEST_PASSWORD)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self._user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Check the password.

        Raises:
            TooManyAttempts, ServerBusy: it was not checked.
        """
        values = super().clean() or {}
        if not self.errors:
            name = values["username"]
            origin = Origin(client_address(self._request), browser_mark(self._request, name))
            self._user = sign_in(self._request, name, values["password"], origin)
            if self._user is None:
                raise forms.ValidationError(_("User name or password is incorrect."), "incorrect")
        return values

    def get_user(self) -> User | None:
        """Return the user who signed in."""
        return self._user


def _password(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    attributes = {"autocomplete": autocomplete}
    return forms.CharField(
        label=label,
        strip=False,
        max_length=_LONGEST_PASSWORD,
        help_text=help_text,
        widget=forms.PasswordInput(attributes),
    )


class PasswordForm(PlainForm):
    """The current password, and twice the new one."""

    current = _password(_("Current password"), "current-password")
    new = _password(
        pgettext_lazy("field", "New password"),
        "new-password",
        _("At least 8 characters, and not one that others use."),
    )
    repeated = _password(_("New password again"), "new-password")

    def clean_repeated(self) -> str:
        """Return the repeated password, or reject one that differs from the new one."""
        repeated: str = self.cleaned_data["repeated"]
        if "new" in self.cleaned_data and repeated != self.cleaned_data["new"]:
            raise forms.ValidationError(_("The two new passwords differ. Enter the same twice."))
        return repeated


class InvitedForm(PlainForm):
    """The account of an invited person: a user name, and twice a password."""

    username = UsernameField(
        label=_("User name"),
        max_length=150,
        help_text=_("You sign in with it."),
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    new = _password(
        _("Password"), "new-password", _("At least 8 characters, and not one that others use.")
    )
    repeated = _password(_("Password again"), "new-password")

    clean_repeated = PasswordForm.clean_repeated


class ProfileForm(PlainForm):
    """A user's name, and the language and theme of their pages."""

    name = forms.CharField(
        label=_("Full name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("that of the browser")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("that of the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )


class CodeForm(PlainForm):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=20,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True}
        ),
    )
