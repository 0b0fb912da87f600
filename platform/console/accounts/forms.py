"""The forms of residents' access."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Site
from core.text_lists import joined
from people.accounts.ports import sms
from people.models import Person
from people.selectors import find_people
from ui.forms import PlainForm, RevisedForm

_OFFERED = 5


class InviteForm(PlainForm):
    """The address of an invitation; without one, a code is printed."""

    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Leave it empty to print an invitation with a code."),
        widget=forms.EmailInput({"autocomplete": "off", "inputmode": "email"}),
    )
    by_sms = forms.BooleanField(
        label=_("Send a text message to the telephone of the register instead"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sms() is None:
            del self.fields["by_sms"]


class InviteAnyForm(InviteForm):
    """A person of the site, found by name and unit, and the address."""

    person = forms.CharField(
        label=_("Name and unit"),
        max_length=120,
        help_text=_("Such as wang 1-0803."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    field_order = ("person", "email", "by_sms")

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site = site

    def clean_person(self) -> Person:
        """Return the one person who matches, or reject none and several."""
        found = list(find_people(self._site, self.cleaned_data["person"])[: _OFFERED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("No person matches. Check the name and the unit."))
        names = joined(f"{each.name} {each.homes}".strip() for each in found[:_OFFERED])
        text = _("Several people match: %(names)s. Add the unit.") % {"names": names}
        raise forms.ValidationError(text)


class RulesForm(RevisedForm):
    """What residents may do themselves."""

    cars_per_home = forms.IntegerField(
        label=_("Cars per home"),
        required=False,
        min_value=0,
        max_value=99,
        help_text=_("Leave it empty for no limit."),
    )
    passes_per_home = forms.IntegerField(
        label=_("Open visitor passes per home"),
        required=False,
        min_value=0,
        max_value=99,
        help_text=_("0 if residents don't invite visitors; empty for no limit."),
    )
    pass_hours = forms.IntegerField(
        label=_("Longest visitor pass (hours)"), min_value=1, max_value=744
    )
    pass_entries = forms.IntegerField(
        label=_("Most entries of a visitor pass"), min_value=1, max_value=100
    )
    pass_free_minutes = forms.IntegerField(
        label=_("Free minutes of a visitor"),
        min_value=0,
        max_value=100_000,
        help_text=_("0: free for the whole period."),
    )
    cars_need_approval = forms.BooleanField(label=_("New cars need approval"), required=False)
    may_add_members = forms.BooleanField(
        label=_("Residents add members to their household"), required=False
    )
