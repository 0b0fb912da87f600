"""Forms of cards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.holder_picker import HolderPicker
from core.models import Site
from doors.formats import RANGES
from doors.models import Card
from people.periods import ends_after, today
from ui.forms import Day, PlainForm

_NO_END = _("Leave empty for no last day.")


class IssueForm(HolderPicker):
    """A card, and the person who gets it."""

    layout = "console/cards/issue_fields.html"
    search_url = "console:find_cardholders"
    people_only = True
    offers_new = False

    format = forms.ChoiceField(label=_("Format"), choices=Card.Format.choices)
    facility = forms.IntegerField(
        label=_("Facility code"),
        required=False,
        min_value=0,
        max_value=65_535,
        help_text=_("Of the Wiegand formats only."),
    )
    number = forms.IntegerField(
        label=_("Card number"),
        min_value=0,
        max_value=RANGES[Card.Format.NUMBER].number,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("As readers report it, often printed on the card."),
    )
    begins_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_NO_END)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["name"].label = _("Person")
        self.fields["begins_on"].initial = today(site)

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = super().clean() or self.cleaned_data
        for name in ("name", "phone"):
            data.pop(name, None)
        data["facility"] = data.get("facility") or 0
        data["ends_on"] = ends_after(data.get("ends_on"))
        return data


class LastDayForm(PlainForm):
    """The last day of a credential, or none."""

    ends_on = Day(label=_("Last day"), required=False, help_text=_NO_END)

    def clean_ends_on(self) -> Any:
        """Return the day after the last one."""
        return ends_after(self.cleaned_data["ends_on"])
