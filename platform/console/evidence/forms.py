"""The form of a link to evidence."""

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.evidence.links import LONGEST, VALID_FOR
from ui.forms import PlainForm


class LinkForm(PlainForm):
    """Who receives a link, and for how long it is valid."""

    authority = forms.CharField(
        label=_("Authority"),
        max_length=120,
        help_text=_("It stands on every picture that is opened by the link."),
    )
    days = forms.IntegerField(
        label=_("Valid for days"), min_value=1, max_value=LONGEST.days, initial=VALID_FOR.days
    )
