"""What parking tells those who ask: who is inside, what is due, how full the lots are."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.http import Http404

from access.models import Passage
from access.sight import Known
from core import clock
from core.models import Site
from core.plates import fold, lookalike_cost
from estate.models import Bay, Lot
from parking import charging
from parking.charging import Due
from parking.models import LotRules, Stay, Tariff

# Costlier than this a text is another plate, not a misread one (core.plates.lookalike_cost).
CANDIDATE_COST = 1.0
CANDIDATES = 5


def rules_of(lot: Lot) -> LotRules:
    """Return the lot's rules; a lot that was given none has the defaults."""
    return LotRules.objects.filter(lot=lot).first() or LotRules(lot=lot)


def tariff_at(lot_id: int, at: datetime) -> Tariff | None:
    """Return the tariff version of the lot that was in force at that instant."""
    tariffs = Tariff.objects.filter(lot=lot_id, valid_from__lte=at)
    return tariffs.order_by("-valid_from", "-version").first()


def stays(site: Site) -> QuerySet[Stay]:
    """Return the site's stays, latest entry first."""
    return (
        Stay.objects.filter(site=site)
        .select_related("lot", "tariff", "visitor_pass")
        .order_by("-entered_at", "-pk")
    )


def stays_inside(site: Site) -> QuerySet[Stay]:
    """Return the stays of the cars that are inside."""
    return stays(site).filter(status=Stay.Status.OPEN)


def stays_to_review(site: Site) -> QuerySet[Stay]:
    """Return the stays that a person should look at."""
    return stays(site).exclude(review=[])


def find_inside(site: Site, text: str) -> list[Stay]:
    """Return the stays inside whose plate is the text, or looks like it to a hurried eye."""
    folded = fold(text)
    if not folded:
        return []
    found = list(stays_inside(site).filter(folded=folded)[:CANDIDATES])
    return [stay for stay in found if stay.plate == text] or found


def stay_or_404(site: Site, pk: int) -> Stay:
    """Return that stay of the site.

    Raises:
        Http404: the site has no such stay.
    """
    stay = stays(site).filter(pk=pk).first()
    if stay is None:
        raise Http404(f"no stay {pk} at {site.slug}")
    return stay


def stay_by_public_id(public_id: str) -> Stay:
    """Return the stay that an unguessable address names.

    Raises:
        Http404: there is none.
    """
    stay = Stay.objects.filter(public_id=public_id).select_related("site", "lot", "tariff").first()
    if stay is None:
        raise Http404("no such stay")
    return stay


def due_now(stay: Stay, at: datetime | None = None) -> Due:
    """Return what the stay costs at that instant, or now."""
    return charging.due_at(stay, at or clock.now())


def cars_inside(passage: Passage) -> list[Known]:
    """Return the cars in the exit's lot whose plate is the passage's, or looks like it."""
    if passage.direction != "exit" or not passage.folded:
        return []
    inside = Stay.objects.filter(
        lot=passage.lane.lot_id, folded=passage.folded, status=Stay.Status.OPEN
    )
    return [Known("inside", stay.pk, stay.plate, stay.entered_at, None) for stay in inside]


def candidates(passage: Passage) -> list[Stay]:
    """Return the open stays that an unmatched exit may belong to, the likeliest first."""
    inside = Stay.objects.filter(lot=passage.lane.lot_id, status=Stay.Status.OPEN)
    costs = [(lookalike_cost(passage.plate, stay.plate), stay) for stay in inside]
    likely = sorted((pair for pair in costs if pair[0] <= CANDIDATE_COST), key=lambda p: p[0])
    return [stay for _cost, stay in likely[:CANDIDATES]]


def left_just_now(lot_id: int, plate: str, at: datetime, minutes: int) -> bool:
    """Whether the plate left the lot so few minutes ago that it gets no second free period."""
    return (
        minutes > 0
        and Stay.objects.filter(
            lot=lot_id,
            plate=plate,
            status=Stay.Status.CLOSED,
            left_at__gt=at - timedelta(minutes=minutes),
        ).exists()
    )


@dataclass(frozen=True)
class Occupancy:
    """How full a lot is, by its stays and by its bays; the drift is the one less the other."""

    lot: Lot
    inside: int
    free: int
    occupied: int
    unknown: int
    bays: int

    @property
    def drift(self) -> int | None:
        """Cars inside less occupied bays; None where a silent sensor leaves it open."""
        return None if self.unknown or not self.bays else self.inside - self.occupied

    @property
    def percent(self) -> int:
        """How full it is by its stays, of its capacity."""
        return round(100 * self.inside / self.lot.capacity) if self.lot.capacity else 100


def occupancy(site: Site) -> list[Occupancy]:
    """Return how full each lot of the site is, by code."""
    inside = dict(
        Stay.objects.filter(site=site, status=Stay.Status.OPEN)
        .values_list("lot")
        .annotate(Count("pk"))
    )
    bays: dict[int, dict[str, int]] = defaultdict(dict)
    counted = Bay.objects.filter(lot__site=site).values_list("lot", "status")
    for lot_id, status, count in counted.annotate(Count("pk")):
        bays[lot_id][status] = count
    return [
        Occupancy(
            lot=lot,
            inside=inside.get(lot.pk, 0),
            free=bays[lot.pk].get(Bay.Status.FREE, 0),
            occupied=bays[lot.pk].get(Bay.Status.OCCUPIED, 0),
            unknown=bays[lot.pk].get(Bay.Status.UNKNOWN, 0),
            bays=sum(bays[lot.pk].values()),
        )
        for lot in Lot.objects.filter(site=site).order_by("code")
    ]
