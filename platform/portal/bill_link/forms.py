"""The form of a question about a bill."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services.questions import MOST_CHARACTERS
from ui.forms import PlainForm


class QuestionForm(PlainForm):
    """A question, and where the answer is sent."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea({"rows": 4}),
    )
    email = forms.EmailField(
        label=_("E-mail for the answer"),
        required=False,
        help_text=_("The answer also appears on the page of the bill."),
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
    )
