"""Forms of signing keys."""

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.feeds.site_keys import MAX_OVERLAP, OVERLAP
from ui.forms import PlainForm, reason_field


class ReplaceForm(PlainForm):
    """Why a key is replaced, and when the new one signs."""

    reason = reason_field()
    overlap = forms.IntegerField(
        label=_("Days until the new key signs"),
        min_value=0,
        max_value=MAX_OVERLAP.days,
        initial=OVERLAP.days,
        help_text=_("Receivers need time to install its certificate. 0 if the key is compromised."),
    )
