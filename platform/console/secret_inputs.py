"""Inputs of settings with secrets. A stored secret is never shown: an empty field keeps it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

KEEP = _("Leave it empty to keep the stored one.")


def text_input(autocomplete: str = "off", **attributes: Any) -> forms.TextInput:
    """Return the input of a technical text, which browsers neither correct nor capitalise."""
    return forms.TextInput(
        {
            "autocomplete": autocomplete,
            "autocapitalize": "none",
            "spellcheck": "false",
            **attributes,
        }
    )


def secret_input() -> forms.PasswordInput:
    """Return the input of a secret."""
    # "new-password" keeps browsers from filling in the password of the signed-in user.
    return forms.PasswordInput({"autocomplete": "new-password"}, render_value=False)
