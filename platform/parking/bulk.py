"""Stays of many passages at once: a batch of records, an import, generated history.

The result is that of `recompute` for each plate. Plates that are new to the lot are derived, priced
and stored together; the others take the general path.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction

from access.context import PlateRecord
from access.models import AccessListEntry, Passage, VisitorPass
from access.permits import first_permit_in_force
from billing.services import NewCharge, create_charges
from core import clock
from core.copying import copy_rows
from core.events import publish_durable
from core.plates import fold
from estate.models import Lot
from parking import adjusting, charges, charging, facts, recompute, selectors, services, timeline
from parking import vehicle_classes as classes
from parking.adjusting import Target
from parking.events import StayRecomputed
from parking.locks import lock_timelines
from parking.models import LotRules, Stay, Tariff, VehicleClass
from people.models import Vehicle

# Plates whose stays are held in memory at a time.
_BATCH = 500


@dataclass(slots=True)
class Basis:
    """What the stays of a lot are based on, read once for all of them.

    Attributes:
        permits: by plate, without visitor passes; see `permits_of`.
    """

    lot: Lot
    rules: LotRules
    tariffs: list[Tariff]
    classes: list[VehicleClass]
    permits: dict[str, list[PlateRecord]] = field(default_factory=dict)

    def tariff_at(self, at: datetime) -> Tariff | None:
        """Return the version in force at that instant."""
        place = bisect_right(self.tariffs, at, key=lambda each: each.valid_from)
        return self.tariffs[place - 1] if place else None


def record_stays(lot: Lot, passages: Iterable[Passage]) -> int:
    """Derive, price and store the stays that stored passages imply; return how many are new.

    Args:
        lot: of their lanes.
        passages: at least all that are new; others of the same plates are read as well.
    """
    since: dict[str, datetime] = {}
    for each in passages:
        if each.plate:
            since[each.plate] = min(each.seen_at, since.get(each.plate, each.seen_at))
    basis = basis_of(lot)
    return sum(_record(basis, part) for part in _parts(since))


def _parts(since: dict[str, datetime]) -> Iterator[dict[str, datetime]]:
    plates = iter(sorted(since))
    while part := list(islice(plates, _BATCH)):
        yield {plate: since[plate] for plate in part}


def basis_of(lot: Lot) -> Basis:
    """Return what the lot's stays are based on now, without permits."""
    tariffs = Tariff.objects.filter(lot=lot, withdrawn_at=None).order_by("valid_from", "version")
    lot_classes = classes.classes_of(lot.site_id)
    return Basis(lot, selectors.rules_of(lot), list(tariffs), lot_classes)


@transaction.atomic(savepoint=False)
def _record(basis: Basis, since: dict[str, datetime]) -> int:
    lot = basis.lot
    lock_timelines(lot.pk, since)
    known = _known_plates(lot, list(since)) | _past_retention(since)
    for plate in sorted(known):
        recompute.recompute(lot, [plate], since[plate])
    fresh = [plate for plate in since if plate not in known]
    basis.permits = permits_of(lot.site_id, fresh)
    targets = _targets(basis, fresh)
    stays = [new_stay(basis, target, before) for target, before in targets]
    copy_rows(stays)
    create_charges(lot.site, [new_charge(stay) for stay in stays])
    for stay in stays:
        services.announce(stay)
        if stay.status == Stay.Status.OPEN and stay.waiting_passage_id:
            publish_durable(StayRecomputed(stay.public_id))
    return len(stays)


def _known_plates(lot: Lot, plates: Sequence[str]) -> set[str]:
    """Return the plates with stays here already, or with a visitor pass whose entries count."""
    stays = Stay.objects.filter(lot=lot, plate__in=plates).values_list("plate", flat=True)
    passes = VisitorPass.objects.filter(site=lot.site_id, plate__in=plates)
    return set(stays) | set(passes.values_list("plate", flat=True))


def _past_retention(since: dict[str, datetime]) -> set[str]:
    """Return the plates whose earliest passage is older than passages are kept."""
    kept_since = clock.now() - timedelta(days=settings.PASSAGE_DAYS)
    return {plate for plate, at in since.items() if at < kept_since}


def permits_of(site_id: int, plates: Sequence[str]) -> dict[str, list[PlateRecord]]:
    """Return the permits of these plates, without passes."""
    columns = ("pk", "plate", "begins_at", "ends_at")
    vehicles = Vehicle.objects.filter(site=site_id, plate__in=plates)
    allowed = AccessListEntry.objects.filter(site=site_id, plate__in=plates, kind="allow")
    found: dict[str, list[PlateRecord]] = defaultdict(list)
    for kind, rows in (("resident", vehicles), ("allow", allowed)):
        for pk, plate, begins_at, ends_at in rows.values_list(*columns):
            found[plate].append(PlateRecord(kind, pk, plate, begins_at, ends_at))
    return found


def _targets(basis: Basis, plates: Sequence[str]) -> list[tuple[Target, Target | None]]:
    """Return the stays that the passages of new plates imply, each with the one before it."""
    by_plate: dict[str, dict[int, Passage]] = defaultdict(dict)
    for passage in facts.many_passages_of(basis.lot, plates):
        by_plate[passage.plate][passage.pk] = passage
    found: list[tuple[Target, Target | None]] = []
    for plate, passages in by_plate.items():
        found += targets_of(basis, plate, passages)
    return found


def targets_of(
    basis: Basis, plate: str, passages: Mapping[int, Passage], before: Target | None = None
) -> list[tuple[Target, Target | None]]:
    """Return the stays that a plate's passages imply, each with the one before it.

    Args:
        passages: by primary key, as `parking.facts.read_of` takes them.
        before: the plate's stay before these, where there is one.
    """
    found = []
    reads = [facts.read_of(each) for each in passages.values()]
    for span in timeline.derive(reads, basis.rules.opposite_s):
        target = Target(plate, span, passages)
        found.append((target, before))
        before = target
    return found


def new_stay(basis: Basis, target: Target, before: Target | None) -> Stay:
    """Return one stay, unsaved and priced, as `adjusting` would store it."""
    span, entry = target.span, target.passages[target.span.entry.key]
    tariff = basis.tariff_at(entry.seen_at)
    records = basis.permits.get(target.plate, [])
    permit = first_permit_in_force(records, entry.seen_at)
    stay = Stay(
        site=basis.lot.site,
        lot=basis.lot,
        plate=target.plate,
        folded=fold(target.plate),
        entry_passage=entry,
        entered_at=entry.seen_at,
        tariff=tariff,
        currency=tariff.document["currency"] if tariff else basis.lot.site.currency,
        cover=permit.kind if permit else Stay.Cover.NONE,
        free_used=adjusting.has_just_left(entry.seen_at, before, basis.rules),
        waiting_passage_id=target.waiting_key,
        exit_passage_id=target.exit_key,
    )
    _set_class(basis, stay, entry, target.passages.get(target.exit_key or 0))
    due = _price(stay, span, records)
    stay.status = span.status
    stay.review = adjusting.review_codes(stay, target, None, corrected=False, owes=bool(due))
    return stay


def _set_class(basis: Basis, stay: Stay, entry: Passage, left: Passage | None) -> None:
    colour = entry.colour or (left.colour if left else "")
    found = classes.find_class(basis.classes, stay.plate, colour)
    stay.vehicle = found.code if found else ""


def _price(stay: Stay, span: timeline.Span, records: Sequence[PlateRecord]) -> int:
    """Set what a stay that has ended costs, and return it."""
    if span.exit is None:
        stay.left_at = span.left_at
        return 0
    stay.left_at = max(span.exit.at, stay.entered_at)
    owed = charging.due_at(stay, stay.left_at, records, payments=())
    stay.price, stay.lines = owed.price, owed.lines
    return owed.due


def new_charge(stay: Stay) -> NewCharge:
    """Return the charge of a new stay."""
    states = {Stay.Status.OPEN: "draft", Stay.Status.SUPERSEDED: "cancelled"}
    ended = stay.status == Stay.Status.CLOSED
    return NewCharge(
        cause=charges.cause_of(stay),
        state=states.get(Stay.Status(stay.status), "open"),
        currency=stay.currency,
        begins_at=stay.entered_at,
        amount=stay.price or 0,
        lines=stay.lines,
        ends_at=stay.left_at if ended else None,
    )
