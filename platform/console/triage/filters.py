"""The filters of the triage board, as they stand in its address."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from estate.models import Building, Lot
from incidents import kinds, selectors, triage
from incidents.models import Incident
from incidents.severities import Severity
from ui.lists import ListFilter, choice_filter, search_filter
from ui.pages import Text
from ui.query_params import whole_number

LOT, BUILDING = "lot", "building"
_OPEN_STATES = [choice for choice in Incident.State.choices if choice[0] not in Incident.ENDED]
_OWNERS = ((triage.MINE, _("mine")), (triage.NOBODY, _("nobody's")))


class TriageFilter(ListFilter):
    """What the board shows of the open incidents."""

    q = search_filter(_("Search"))
    severity = choice_filter(_("Severity"), Severity.choices)
    kind = choice_filter(_("Kind"))
    place = choice_filter(_("Place"))
    owner = choice_filter(_("Owner"), _OWNERS)
    state = choice_filter(_("State"), _OPEN_STATES)
    device = forms.CharField(label=_("Device"), required=False, max_length=60)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices(site)

    def set_choices(self, site: Site) -> None:
        """Offer the kinds of incidents and the site's places."""
        self.offer("kind", [(code, capfirst(str(label))) for code, label in kinds.choices()])
        self.offer("place", _places(site))


def _places(site: Site) -> list[tuple[Any, Any]]:
    """Return the car parks and the buildings of a site, in a group each."""
    lots = Lot.objects.in_use().filter(site=site).order_by("name")
    buildings = Building.objects.in_use().filter(site=site).order_by("name")
    groups: list[tuple[Text, list[tuple[str, str]]]] = [
        (_("Car parks"), [(f"{LOT}-{pk}", name) for pk, name in lots.values_list("pk", "name")]),
        (
            _("Buildings"),
            [(f"{BUILDING}-{pk}", name) for pk, name in buildings.values_list("pk", "name")],
        ),
    ]
    return [group for group in groups if group[1]]


def narrowed(
    rows: QuerySet[Incident], site: Site, user: User, criteria: Mapping[str, Any]
) -> QuerySet[Incident]:
    """Return the incidents that the valid, non-empty filters let through."""
    narrow: Mapping[str, Callable[[Any], QuerySet[Incident]]] = {
        "q": lambda text: _containing(rows, text),
        "severity": lambda code: rows.filter(severity=code),
        "kind": lambda code: rows.filter(kind=code),
        "state": lambda code: rows.filter(state=code),
        "place": lambda key: _at_place(rows, key),
        "owner": lambda owner: triage.owned_by(rows, owner, user),
        "device": lambda code: selectors.of_device(rows, site, code),
    }
    for name, value in criteria.items():
        rows = narrow[name](value)
    return rows


def _at_place(rows: QuerySet[Incident], key: str) -> QuerySet[Incident]:
    kind, _dash, number = key.partition("-")
    return rows.filter(**{kind: whole_number(number)})


def _containing(rows: QuerySet[Incident], text: str) -> QuerySet[Incident]:
    """Filter by a text in the place, the rule's name, the device's code or the kind's name."""
    named = [code for code, label in kinds.choices() if text.casefold() in str(label).casefold()]
    return rows.filter(
        Q(place__icontains=text)
        | Q(rule__name__icontains=text)
        | Q(device_code__icontains=text)
        | Q(kind__in=named)
    )
