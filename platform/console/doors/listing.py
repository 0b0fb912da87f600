"""The list of passages at doors."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from doors.labels import MEANS_LABELS, means_label, reason_label
from doors.models import DoorPassage
from doors.permissions import DoorPermission
from doors.selectors import with_number
from doors.topics import PASSAGE
from estate.models import Door
from people.permissions import PeoplePermission
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state

Outcome = DoorPassage.Outcome
_GRANTED, _REFUSED = "granted", "refused"
_RESULTS = (
    (_GRANTED, pgettext_lazy("of a door", "opened")),
    (_REFUSED, pgettext_lazy("of a door", "refused")),
)
_DIRECTIONS: dict[str, Any] = {
    "": "",
    "in": pgettext_lazy("door", "in"),
    "out": pgettext_lazy("door", "out"),
}


class PassageFilter(ListFilter):
    """Filters of passages at doors."""

    private = frozenset({"q"})

    q = search_filter(_("Person or card number"))
    door = choice_filter(_("Door"))
    means = choice_filter(_("Means"), list(MEANS_LABELS.items()))
    result = choice_filter(_("Result"), _RESULTS)
    seen_from = LocalTime(label=_("From"), required=False)
    seen_until = LocalTime(label=_("Before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the site's doors."""
        doors = Door.objects.filter(site=site).order_by("name", "code")
        self.offer("door", [(str(door.pk), door.name) for door in doors])


def rows(site: Site) -> QuerySet[DoorPassage]:
    """Return the passages at the doors of a site."""
    found = DoorPassage.objects.filter(site=site)
    return found.select_related("door", "device", "person", "visit", "card").defer("trace")


def _matching(site: Site, found: QuerySet[DoorPassage], text: str) -> QuerySet[DoorPassage]:
    named = Q(person__name__icontains=text) | Q(visit__visitor_name__icontains=text)
    wanted = named | Q(card__in=with_number(site, text).values("pk"))
    return found.filter(wanted | Q(means="card", credential=text))


def _holder(passage: DoorPassage, page: RowPage) -> object:
    name = passage.holder_name
    if passage.visit is not None and DoorPermission.VIEW_VISITORS in page.permissions:
        return link(page.address("console:visit", passage.visit.pk), name)
    if passage.person is not None and PeoplePermission.VIEW_PEOPLE in page.permissions:
        return link(page.address("console:person", passage.person.pk), name)
    return name


def _seen(passage: DoorPassage, page: RowPage) -> SafeString:
    shown = shows_moment(lambda row: row.at, "both")(passage, page)
    return link(page.address("console:door_passage", passage.pk), shown)


def _result(passage: DoorPassage) -> object:
    return dict(_RESULTS)[_GRANTED if passage.granted else _REFUSED]


def _why(passage: DoorPassage) -> str:
    return reason_label(passage.rule, passage.facts)


PASSAGES = Listing(
    name="door_passages",
    title=_("Passages at doors"),
    rows=rows,
    columns=(
        Column("seen", _("Time"), lambda passage: passage.at, sort="at", fixed=True),
        Column("door", _("Door"), lambda passage: passage.door.name if passage.door else ""),
        Column("person", _("Person"), lambda passage: passage.holder_name),
        Column("means", _("Means"), lambda passage: means_label(passage.means)),
        Column("direction", _("Direction"), lambda p: _DIRECTIONS.get(p.direction, p.direction)),
        Column("result", _("Result"), _result),
        Column("reason", _("Reason"), _why, prose=True),
        Column("device", _("Device"), lambda passage: passage.device.code),
    ),
    cells={
        "seen": _seen,
        "person": _holder,
        "direction": shows(lambda p: _DIRECTIONS.get(p.direction, p.direction)),
        "result": lambda passage, _page: state(
            _result(passage), "go" if passage.granted else "stop"
        ),
    },
    sort="-seen",
    filters=PassageFilter,
    lookups={
        "door": "door",
        "means": "means",
        "result": lambda _site, found, value: found.filter(granted=value == _GRANTED),
        "seen_from": "at__gte",
        "seen_until": "at__lt",
        "q": _matching,
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("Refused"), {"result": _REFUSED}),
    ),
    topics=(PASSAGE.name,),
    steady=True,
    empty=_("Nobody has come to a door yet."),
)
