"""The list of stays: columns, filters and what an export holds."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site
from core.money import Money
from estate.models import Lot
from parking import selectors
from parking.models import Stay
from parking.plate_search import of_plate
from parking.topics import STAY
from ui.forms import LocalTime
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    search_filter,
)
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.templatetags.gatehouse import money, plate, span

_STATUSES, _COVERS = dict(Stay.Status.choices), dict(Stay.Cover.choices)
_REVIEW = "review"
_CHARGED = "charged"


class StayFilter(ListFilter):
    """Filters of stays."""

    private = frozenset({"q"})

    q = search_filter(_("Plate"))
    status = choice_filter(_("Status"), [*Stay.Status.choices, (_REVIEW, _("to review"))])
    lot = choice_filter(_("Car park"))
    cover = choice_filter(
        _("Permit"),
        [(_CHARGED, Stay.Cover.NONE.label), *(each for each in Stay.Cover.choices if each[0])],
    )
    entered_from = LocalTime(label=_("Entered from"), required=False)
    entered_until = LocalTime(label=_("Entered before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the site's lots."""
        lots = Lot.objects.filter(site=site).order_by("code")
        self.offer("lot", [(lot.code, lot.name) for lot in lots])


def _rows(site: Site) -> QuerySet[Stay]:
    """Return the stays without what the list does not show: their tariffs, passes and prices."""
    return selectors.stays(site).select_related(None).select_related("lot").defer("lines")


def _length(stay: Stay) -> timedelta:
    return (stay.left_at or clock.now()) - stay.entered_at


def _plate(stay: Stay, page: RowPage) -> SafeString:
    return link(page.address("console:stay", stay.pk), plate(stay.plate), "plate-link")


def _status(stay: Stay, _page: RowPage) -> SafeString:
    if stay.review:
        return state(_("to review"), "wait")
    is_open = stay.status == Stay.Status.OPEN
    return state(_STATUSES[stay.status], "go" if is_open else "")


def _price(stay: Stay) -> Decimal | None:
    return None if stay.price is None else Money(stay.price, stay.currency).major()


STAYS = Listing(
    name="stays",
    title=_("Stays"),
    rows=_rows,
    columns=(
        Column("plate", _("Plate"), lambda stay: stay.plate, fixed=True),
        Column("lot", _("Car park"), lambda stay: stay.lot.name),
        Column("entered", _("Entered"), lambda stay: stay.entered_at, sort="entered_at"),
        Column("left", _("Left"), lambda stay: stay.left_at),
        Column("length", _("Duration"), _length, numeric=True),
        Column("cover", _("Permit"), lambda stay: stay.get_cover_display()),
        Column("class", _("Class"), lambda stay: stay.vehicle),
        Column("price", _("Price"), _price, numeric=True),
        Column("status", _("Status"), lambda stay: stay.get_status_display()),
    ),
    cells={
        "plate": _plate,
        "entered": shows_moment(lambda stay: stay.entered_at),
        "left": shows_moment(lambda stay: stay.left_at),
        "length": shows(lambda stay: span(_length(stay))),
        "cover": shows(lambda stay: _COVERS[stay.cover]),
        "price": shows(lambda stay: money(stay.price, stay.currency)),
        "status": _status,
    },
    sort="-entered",
    filters=StayFilter,
    lookups={
        "status": conditions({_REVIEW: ~Q(review=[])}, "status"),
        "lot": "lot__code",
        "cover": conditions({_CHARGED: Q(cover=Stay.Cover.NONE)}, "cover"),
        "entered_from": "entered_at__gte",
        "entered_until": "entered_at__lt",
        "q": of_plate,
    },
    presets=(
        Preset(_("Inside now"), {"status": "open"}, selectors.stays_inside),
        Preset(_("To review"), {"status": _REVIEW}, selectors.stays_to_review),
        Preset(_("All"), {}),
    ),
    topics=(STAY.name,),
    empty=_("No stays yet. A stay begins when a car is let in."),
)
