"""The form that starts a payment."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PayForm(forms.Form):
    """The address for the receipt."""

    email = forms.EmailField(label=_("E-mail for the receipt"), required=False)
