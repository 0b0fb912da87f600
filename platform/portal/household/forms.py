"""The forms of a household."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.forms import PlainForm


class RightsForm(PlainForm):
    """What a member of the household may do."""

    may_pay = forms.BooleanField(label=_("May pay"), required=False)
    may_invite_visitors = forms.BooleanField(label=_("May invite visitors"), required=False)
    may_see_bills = forms.BooleanField(label=_("May see bills"), required=False)


class MemberForm(RightsForm):
    """A new member of the household."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation is sent there."),
        widget=forms.EmailInput({"autocomplete": "off", "inputmode": "email"}),
    )
    field_order = ("name", "email", "may_pay", "may_invite_visitors", "may_see_bills")


class InviteForm(PlainForm):
    """The address to which a member's invitation is sent."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"inputmode": "email"})
    )
