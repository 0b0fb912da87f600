"""Forms about incidents."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm


class ReviewForm(PlainForm):
    """The result of a review."""

    finding = forms.ChoiceField(
        label=_("Finding"),
        choices=[("confirmed", _("Confirmed")), ("false_alarm", _("False alarm"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
