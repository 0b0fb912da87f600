"""The list of passages: every car that came to a lane."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from access import selectors
from access.labels import RULE_LABELS
from access.models import ENDED, Passage
from access.topics import LANE
from core.models import Site
from estate.models import Lane
from parking.plate_search import of_plate
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.templatetags.gatehouse import percent, plate

_DIRECTIONS = dict(Lane.Direction.choices)


class PassageFilter(ListFilter):
    """Filters of passages."""

    private = frozenset({"q"})

    q = search_filter(_("Plate"))
    lane = choice_filter(_("Lane"))
    direction = choice_filter(_("Direction"), Lane.Direction.choices)
    state = choice_filter(_("State"), Passage.State.choices)
    seen_from = LocalTime(label=_("Seen from"), required=False)
    seen_until = LocalTime(label=_("Seen before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the site's lanes."""
        lanes = Lane.objects.filter(gate__site=site).order_by("gate__code", "code")
        self.offer("lane", [(str(lane.pk), lane.name) for lane in lanes])


def _rule(passage: Any) -> object:
    return RULE_LABELS.get(passage.rule, passage.rule or "")


def _plate(passage: Passage, page: RowPage) -> SafeString:
    shown = plate(passage.plate, passage.colour)
    return link(page.address("console:passage", passage.pk), shown, "plate-link")


def _state(passage: Passage, _page: RowPage) -> SafeString:
    if passage.state == Passage.State.REFUSED:
        return state(passage.state_label, "stop")
    return state(passage.state_label, "" if passage.state in ENDED else "wait")


PASSAGES = Listing(
    name="passages",
    title=_("Passages"),
    rows=selectors.passages,
    columns=(
        Column("plate", _("Plate"), lambda passage: passage.plate, fixed=True),
        Column("seen", _("Seen"), lambda passage: passage.seen_at, sort="seen_at"),
        Column("lane", _("Lane"), lambda passage: passage.lane.name),
        Column("direction", _("Direction"), lambda passage: passage.get_direction_display()),
        Column("rule", _("Rule"), _rule),
        Column("state", _("State"), lambda passage: passage.state_label),
        Column("confidence", _("Confidence"), lambda p: round(p.confidence * 100), numeric=True),
        Column("received", _("Received"), lambda passage: passage.received_at),
    ),
    cells={
        "plate": _plate,
        "seen": shows_moment(lambda passage: passage.seen_at, "both"),
        "direction": shows(lambda passage: _DIRECTIONS[passage.direction]),
        "state": _state,
        "confidence": shows(lambda passage: percent(passage.confidence)),
        "received": shows_moment(lambda passage: passage.received_at, "both"),
    },
    sort="-seen",
    filters=PassageFilter,
    lookups={
        "lane": "lane",
        "direction": "direction",
        "state": "state",
        "seen_from": "seen_at__gte",
        "seen_until": "seen_at__lt",
        "q": of_plate,
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("Refused"), {"state": Passage.State.REFUSED}),
        Preset(_("Turned back"), {"state": Passage.State.TURNED_BACK}),
    ),
    topics=(LANE.name,),
    empty=_("No car has come to a lane yet."),
)
