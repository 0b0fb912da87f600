"""The list of stays: columns, filters and what an export holds."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q
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


def _length(stay: Stay) -> timedelta:
    return (stay.left_at or clock.now()) - stay.entered_at


def _price(stay: Stay) -> Decimal | None:
    return None if stay.price is None else Money(stay.price, stay.currency).major()


STAYS = Listing(
    name="stays",
    title=_("Stays"),
    rows=selectors.stays,
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
    row_template="console/stays/row.html",
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
        Preset(_("Inside now"), {"status": "open"}, lambda s: selectors.stays_inside(s).count()),
        Preset(_("To review"), {"status": _REVIEW}, lambda s: selectors.stays_to_review(s).count()),
        Preset(_("All"), {}),
    ),
    prepare=lambda stays: [{"row": stay, "length": _length(stay)} for stay in stays],
    topics=(STAY.name,),
    empty=_("No stays yet. A stay begins when a car is let in."),
)
