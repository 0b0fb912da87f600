"""Reads of parking: stays, what is due, candidates of an exit, occupancy."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, QuerySet
from django.http import Http404

from access.context import PlateRecord
from access.models import Passage
from billing.selectors import Received
from core import clock
from core.models import Site
from core.plates import fold
from estate.models import Bay, Lot
from parking import charging
from parking.charging import Due
from parking.models import LotRules, Stay, Tariff

_RULES_LOCKED = """
SELECT pg_advisory_xact_lock(%s, hashtext(%s)), {columns}
FROM (SELECT 1) AS one LEFT JOIN parking_lotrules AS rules ON rules.lot_id = %s
"""
# These run for every car at every entry; as plain SQL they spare the time of building queries.
_TARIFFS_IN_FORCE = """
SELECT tariff.* FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (lot_id, at)
CROSS JOIN LATERAL (
    SELECT * FROM parking_tariff
    WHERE lot_id = asked.lot_id AND valid_from <= asked.at AND withdrawn_at IS NULL
    ORDER BY valid_from DESC, version DESC LIMIT 1) AS tariff
"""
_CARS_INSIDE = """
SELECT stay.id, stay.plate, stay.lot_id, stay.folded
FROM unnest(%(sites)s::bigint[], %(lots)s::bigint[], %(folded)s::text[])
    AS own (site_id, lot_id, folded)
JOIN parking_stay AS stay USING (site_id, lot_id, folded)
WHERE status = 'open' ORDER BY stay.id
"""
# A join with the plates, where their lot is no constant: PostgreSQL takes one newer than the
# table's statistics for an empty one, and would read all its stays.
_BEFORE_ENTRY = """
SELECT id, status, entered_at, left_at, entry_passage_id, lot_id, plate FROM parking_stay
WHERE entry_passage_id = ANY (%(passages)s)
UNION
SELECT stay.id, status, entered_at, left_at, entry_passage_id, stay.lot_id, stay.plate
FROM unnest(%(lots)s::bigint[], %(plates)s::text[]) AS own (lot_id, plate)
JOIN parking_stay AS stay ON stay.lot_id = own.lot_id AND stay.plate = own.plate
WHERE status = 'open' OR status = 'closed' AND left_at > %(back_since)s
"""
_COUNT_INSIDE = """
SELECT lot_id, count(*) FROM parking_stay
WHERE lot_id = ANY (%s) AND status = 'open' GROUP BY lot_id
"""


def rules_of(lot: Lot) -> LotRules:
    """Return the lot's rules; a lot without any has the defaults."""
    return LotRules.objects.filter(lot=lot).first() or LotRules(lot=lot)


def rules_of_lots(lots: Collection[int]) -> dict[int, LotRules]:
    """Return the rules of several lots, by primary key of the lot."""
    known = {each.lot_id: each for each in LotRules.objects.filter(lot__in=lots)}
    return {lot: known.get(lot) or LotRules(lot_id=lot) for lot in lots}


def rules_locked(lot: Lot, plate: str) -> LotRules:
    """Return the lot's rules, and lock the plate's timeline there with the same statement."""
    names = [str(each.column) for each in LotRules._meta.concrete_fields]
    columns = ", ".join(f"rules.{name}" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(_RULES_LOCKED.format(columns=columns), [lot.pk, plate, lot.pk])
        _locked, *values = cursor.fetchone()
    return LotRules.from_db(None, names, values) if values[0] else LotRules(lot=lot)


def tariff_at(lot_id: int, at: datetime) -> Tariff | None:
    """Return the tariff version of the lot that was in force at that instant."""
    return tariffs_at({lot_id: at}).get(lot_id)


def tariffs_at(instants: Mapping[int, datetime]) -> dict[int, Tariff]:
    """Return the tariff versions that were in force at an instant of each lot, by lot."""
    lots, ats = list(instants), list(instants.values())
    return {each.lot_id: each for each in Tariff.objects.raw(_TARIFFS_IN_FORCE, [lots, ats])}


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
    """Return the stays that a person has to review."""
    return stays(site).exclude(review=[])


def stay_or_404(site: Site, pk: int) -> Stay:
    """Return a stay of the site.

    Raises:
        Http404: the site has no such stay.
    """
    stay = stays(site).filter(pk=pk).first()
    if stay is None:
        raise Http404(f"no stay {pk} at {site.slug}")
    return stay


def stay_by_public_id(public_id: str) -> Stay:
    """Return the stay with that unguessable id.

    Raises:
        Http404: there is none.
    """
    stay = Stay.objects.filter(public_id=public_id).select_related("site", "lot", "tariff").first()
    if stay is None:
        raise Http404("no such stay")
    return stay


def due_now(
    stay: Stay,
    at: datetime | None = None,
    records: Sequence[PlateRecord] | None = None,
    *,
    received: Sequence[Received] | None = None,
) -> Due:
    """Return what the stay costs at that instant, or now.

    Args:
        records: every record of the stay's plate, where the caller has read them already.
        received: what was received for the stay, where the caller has read it already.
    """
    return charging.due_at(stay, at or clock.now(), records, received)


@dataclass(frozen=True)
class Before:
    """A lot's stays of a plate that is about to enter.

    Attributes:
        own: the stay that this passage has opened already.
        inside: the open stays of the plate.
        left_just_now: a stay ended so recently that the new one gets no second free period.
        is_followed: a stay began or ended after this entry, which has become known late.
    """

    rules: LotRules
    own: Stay | None
    inside: list[Stay]
    left_just_now: bool
    is_followed: bool


def before_entry(passage: Passage) -> Before:
    """Lock the plate's timeline in the lot, and return its stays before a car's entry."""
    rules = rules_locked(passage.lane.lot, passage.plate)
    return before_entries([passage], {rules.lot_id: rules})[0]


def before_entries(passages: Sequence[Passage], rules: Mapping[int, LotRules]) -> list[Before]:
    """Return the stays before the entries of several cars, whose timelines the caller has locked.

    Args:
        passages: of plates that differ.
        rules: of their lots.
    """
    since = [_back_since(each, rules[each.lane.lot_id]) for each in passages]
    values = {
        "passages": [each.pk for each in passages],
        "lots": [each.lane.lot_id for each in passages],
        "plates": [each.plate for each in passages],
        "back_since": min(since),
    }
    stays_found = list(Stay.objects.raw(_BEFORE_ENTRY, values))
    return [
        _before(passage, rules[passage.lane.lot_id], back_since, stays_found)
        for passage, back_since in zip(passages, since, strict=True)
    ]


def _back_since(passage: Passage, rules: LotRules) -> datetime:
    return passage.seen_at - timedelta(minutes=rules.reentry_minutes)


def _before(
    passage: Passage, rules: LotRules, back_since: datetime, stays_found: Sequence[Stay]
) -> Before:
    at, place = passage.seen_at, (passage.lane.lot_id, passage.plate)
    found = [
        stay
        for stay in stays_found
        if stay.entry_passage_id == passage.pk
        or ((stay.lot_id, stay.plate) == place and (not stay.left_at or stay.left_at > back_since))
    ]
    return Before(
        rules=rules,
        own=next((stay for stay in found if stay.entry_passage_id == passage.pk), None),
        inside=[stay for stay in found if stay.status == Stay.Status.OPEN],
        left_just_now=any(stay.status == Stay.Status.CLOSED for stay in found),
        is_followed=any(max(stay.entered_at, stay.left_at or at) > at for stay in found),
    )


def count_inside(lots: Collection[int]) -> dict[int, int]:
    """Return how many cars are inside each of the lots, by primary key."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_INSIDE, [list(lots)])
        found = dict(cursor.fetchall())
    return {lot: found.get(lot, 0) for lot in lots}


def open_stays(lot_id: int, plate: str) -> QuerySet[Stay]:
    """Return the open stays of the plate in the lot: one at most."""
    return Stay.objects.filter(lot=lot_id, plate=plate, status=Stay.Status.OPEN)


def stays_ended_after(site_id: int, plate: str, at: datetime) -> QuerySet[Stay]:
    """Return the stays of the plate that ended after that instant, oldest first."""
    ended = (Stay.Status.CLOSED, Stay.Status.SUPERSEDED)
    of_plate = Stay.objects.filter(site=site_id, plate=plate, status__in=ended)
    return of_plate.filter(left_at__gt=at).select_related("lot").order_by("entered_at")


def priced_after(since: Mapping[tuple[int, str], datetime]) -> list[Stay]:
    """Return the closed stays with a price that ended after an instant, by lot and entry.

    Args:
        since: the instants by site and plate.
    """
    if not since:
        return []
    sites, plates = {site for site, _plate in since}, {fold(plate) for _site, plate in since}
    closed = Stay.objects.filter(site__in=sites, folded__in=plates, status=Stay.Status.CLOSED)
    closed = closed.filter(left_at__gt=min(since.values()), price__gt=0).exclude(tariff=None)
    found = closed.select_related("lot").order_by("lot", "entered_at", "pk")
    return [stay for stay in found if _ended_after(stay, since)]


def is_newest_fact(passage: Passage) -> bool:
    """Whether no later read of the plate at the lot has arrived before this one."""
    later = Passage.objects.filter(
        site=passage.site_id,
        plate=passage.plate,
        lane__lot=passage.lane.lot_id,
        seen_at__gt=passage.seen_at,
    )
    return not later.exclude(pk=passage.pk).exists()


def is_read_again(passage: Passage) -> bool:
    """Whether a car was read before at this lane, just now, and has not left it in between."""
    since = passage.seen_at - timedelta(seconds=passage.lane.reread_seconds)
    earlier = Passage.objects.filter(
        lane=passage.lane_id, plate=passage.plate, seen_at__range=(since, passage.seen_at)
    ).exclude(pk=passage.pk)
    return earlier.exclude(ended_at__lt=passage.seen_at).exists()


def open_stay_locked(pk: int) -> Stay | None:
    """Return a stay, locked until the transaction ends; None where it is not open."""
    return (
        Stay.objects.filter(pk=pk, status=Stay.Status.OPEN)
        .select_related("tariff", "site", "entry_passage")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )


def cars_inside(passages: Sequence[Passage]) -> dict[int, list[PlateRecord]]:
    """Return the open stays in the exits' lots with their plates, or look-alikes, by passage."""
    leaving = [each for each in passages if each.direction == "exit" and each.folded]
    if not leaving:
        return {}
    wanted = {(each.site_id, each.lane.lot_id, each.folded) for each in leaving}
    sites, lots, folded = (list(values) for values in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_CARS_INSIDE, {"sites": sites, "lots": lots, "folded": folded})
        inside = cursor.fetchall()
    # The clocks of the two cameras may differ, so the entry's time does not matter here.
    return {
        each.pk: [
            PlateRecord("inside", pk, plate, each.seen_at, None)
            for pk, plate, *place in inside
            if place == [each.lane.lot_id, each.folded]
        ]
        for each in leaving
    }


@dataclass(frozen=True)
class Occupancy:
    """Occupancy of a lot by its stays and by its bays; the drift is the difference."""

    lot: Lot
    inside: int
    free: int
    occupied: int
    unknown: int
    bays: int

    @property
    def drift(self) -> int | None:
        """Cars inside less occupied bays; None where a bay is unknown or there are none."""
        return None if self.unknown or not self.bays else self.inside - self.occupied

    @property
    def percent(self) -> int:
        """Stays inside as a percentage of the capacity."""
        return round(100 * self.inside / self.lot.capacity) if self.lot.capacity else 100


def occupancy(site: Site) -> list[Occupancy]:
    """Return the occupancy of each lot in use of the site, by code."""
    inside = dict(
        Stay.objects.filter(site=site, status=Stay.Status.OPEN)
        .values_list("lot")
        .annotate(Count("pk"))
    )
    bays: dict[int, dict[str, int]] = defaultdict(dict)
    counted = Bay.objects.in_use().filter(lot__site=site).values_list("lot", "status")
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
        for lot in Lot.objects.in_use().filter(site=site).order_by("code")
    ]


def _ended_after(stay: Stay, since: Mapping[tuple[int, str], datetime]) -> bool:
    begins_at = since.get((stay.site_id, stay.plate))
    return begins_at is not None and stay.left_at is not None and stay.left_at > begins_at
