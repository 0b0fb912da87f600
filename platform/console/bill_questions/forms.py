"""The form of an answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm


class AnswerForm(PlainForm):
    """The answer that the payer reads."""

    answer = forms.CharField(label=_("Answer"), max_length=2000, widget=forms.Textarea({"rows": 5}))
