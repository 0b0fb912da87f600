"""The form of the cash dialog."""

from django import forms
from django.utils.translation import gettext as _

from core.errors import Rejection
from ui.forms import PlainForm


class CashForm(PlainForm):
    """Confirms that cash was collected for the amount of a quote."""

    quote = forms.CharField(max_length=18, widget=forms.HiddenInput)

    def confirmed_quote(self) -> str:
        """Return the primary key of the quote whose amount the form confirms.

        Raises:
            Rejection: the form names none, so no amount was confirmed.
        """
        if self.is_valid():
            return str(self.cleaned_data["quote"])
        raise Rejection(
            "amount",
            "amount_not_confirmed",
            _("the amount was not confirmed"),
            _("check the amount and confirm it"),
        )
