"""Stays of many passages at once: a batch of records, an import, generated history.

The result is that of `recompute` for each plate. Where stays are added, and cars that are inside
leave or wait at an exit, all plates are derived, priced and stored together; the others take the
general path (`parking.many_timelines`).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Model

from access.context import PlateRecord
from access.models import AccessListEntry, Passage, VisitorPass
from access.permits import first_permit_in_force
from access.retention import PASSAGES
from billing.models import Charge
from billing.services import (
    FinalAmount,
    NewCharge,
    create_charges,
    finalise_drafts,
    lock_unpaid_drafts,
)
from core import retention
from core.copying import copy_rows, new_row, update_rows
from core.events import publish_durable
from core.plates import fold
from estate.models import Lane, Lot
from parking import (
    adjusting,
    charges,
    charging,
    facts,
    many_timelines,
    recompute,
    selectors,
    services,
    timeline,
)
from parking import vehicle_classes as classes
from parking.adjusting import Target
from parking.events import StayRecomputed
from parking.locks import lock_timelines
from parking.many_timelines import Change
from parking.models import LotRules, Stay, Tariff, VehicleClass
from people.models import Vehicle

# Plates whose stays are held in memory at a time.
_BATCH = 500
# What changes of a stored stay whose car leaves or waits at an exit.
_CHANGED = (
    "status",
    "left_at",
    "exit_passage",
    "waiting_passage",
    "free_used",
    "cover",
    "vehicle",
    "price",
    "lines",
    "review",
)


@dataclass(slots=True)
class Basis:
    """What the stays of a lot are based on, read once for all of them.

    Attributes:
        lanes: by primary key.
        permits: by plate, without visitor passes; see `permits_of`.
    """

    lot: Lot
    rules: LotRules
    tariffs: list[Tariff]
    classes: list[VehicleClass]
    lanes: dict[int, Lane]
    permits: dict[str, list[PlateRecord]] = field(default_factory=dict)

    def tariff_of(self, stay: Stay) -> Tariff | None:
        """Return the version that is pinned to a stay, which may have been withdrawn."""
        known = (each for each in self.tariffs if each.pk == stay.tariff_id)
        return next(known, None) or stay.tariff

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
    lanes = {lane.pk: lane for lane in Lane.objects.filter(lot=lot)}
    return Basis(lot, selectors.rules_of(lot), list(tariffs), lot_classes, lanes)


@transaction.atomic(savepoint=False)
def _record(basis: Basis, since: Mapping[str, datetime]) -> int:
    lot = basis.lot
    lock_timelines(lot.pk, since)
    others = _with_passes(lot, list(since)) | _past_retention(lot, since)
    changes, drafts = _simple_changes(basis, since, others)
    for plate in sorted(others):
        recompute.recompute(lot, [plate], since[plate])
    basis.permits = permits_of(lot.site_id, [target.plate for target, _before in changes])
    _change_stays(basis, changes, drafts)
    known = [target for target, _before in changes if target.row is not None]
    new = [change for change in changes if change[0].row is None]
    for target, before in new:
        target.row = new_stay(basis, target, before)
    stays = copy_rows(target.row for target, _before in new if target.row is not None)
    create_charges(lot.site, [new_charge(stay) for stay in stays])
    for target in known:
        _publish(target)
    for target, _before in new:
        _publish(target, is_new=True)
    return len(stays)


def _publish(target: Target, *, is_new: bool = False) -> None:
    """Announce a stay that changed; a car that waits at the exit now is decided about again."""
    if target.row is None:
        return
    services.announce(target.row, is_new=is_new)
    waiting = target.passages.get(target.waiting_key or 0)
    if waiting is not None and not waiting.is_late:
        publish_durable(StayRecomputed(target.row.public_id))


def _simple_changes(
    basis: Basis, since: Mapping[str, datetime], others: set[str]
) -> tuple[list[Change], dict[str, Charge]]:
    """Return the simple changes, and the charges of the stays that they end, locked.

    Args:
        others: plates that are recomputed one by one; those with other changes are added.
    """
    loaded = many_timelines.load(
        basis.lot,
        basis.lanes,
        basis.rules,
        {plate: at for plate, at in since.items() if plate not in others},
    )
    others |= many_timelines.plates_of_undone_stays(loaded)
    changes: dict[str, list[Change]] = {}
    for each in loaded:
        found = many_timelines.simple_changes(each, basis.rules)
        if found is None or each.plate in others:
            others.add(each.plate)
        else:
            changes[each.plate] = found
    ending = [row for own in changes.values() for target, _ in own if (row := target.row)]
    drafts = lock_unpaid_drafts(charges.KIND, [row.public_id for row in ending])
    others |= {row.plate for row in ending if row.public_id not in drafts}
    return [each for plate, own in changes.items() if plate not in others for each in own], drafts


def _change_stays(basis: Basis, changes: Sequence[Change], drafts: Mapping[str, Charge]) -> None:
    """Store what differs of stored stays, with the charges of those that ended."""
    own = [(target, before) for target, before in changes if target.row is not None]
    rows = [target.row for target, _before in own if target.row is not None]
    if not rows:
        return
    first = [row for (_, before), row in zip(own, rows, strict=True) if before is None]
    no_free = many_timelines.had_just_left(basis.lot, first, basis.rules)
    for (target, before), row in zip(own, rows, strict=True):
        has_just_left = adjusting.has_just_left(row.entered_at, before, basis.rules)
        row.free_used = has_just_left or row.pk in no_free
        _change_stay(basis, target, row)
    update_rows(rows, _CHANGED)
    ended = [row for row in rows if row.status != Stay.Status.OPEN]
    finalise_drafts(basis.lot.site, [_final_amount(row, drafts[row.public_id]) for row in ended])


def _change_stay(basis: Basis, target: Target, row: Stay) -> None:
    """Bring a stay of a car that was inside in line, unsaved, as `adjusting` would."""
    was = (row.status, row.price, row.plate)
    row.entry_passage, row.tariff = target.entry, basis.tariff_of(row)
    records = basis.permits.get(row.plate, [])
    permit = first_permit_in_force(records, row.entered_at)
    row.cover = row.cover or (permit.kind if permit else Stay.Cover.NONE)
    classes.refine_class(row, target.left_by, basis.classes)
    row.exit_passage_id, row.waiting_passage_id = target.exit_key, target.waiting_key
    due = _price(row, target.span, records)
    row.status = target.span.status
    row.review = adjusting.review_codes(row, target, was, corrected=False, owes=bool(due))


def _final_amount(stay: Stay, draft: Charge) -> FinalAmount:
    if stay.status == Stay.Status.SUPERSEDED:
        return FinalAmount(draft)
    return FinalAmount(draft, stay.price or 0, stay.lines, stay.left_at)


def _with_passes(lot: Lot, plates: Sequence[str]) -> set[str]:
    """Return the plates with a visitor pass, whose entries count."""
    passes = VisitorPass.objects.filter(site=lot.site_id, plate__any_of=plates)
    return set(passes.values_list("plate", flat=True))


def _past_retention(lot: Lot, since: Mapping[str, datetime]) -> set[str]:
    """Return the plates whose earliest passage is older than passages are kept."""
    kept_since = retention.limit(lot.site_id, PASSAGES)
    return {plate for plate, at in since.items() if at < kept_since}


def permits_of(site_id: int, plates: Sequence[str]) -> dict[str, list[PlateRecord]]:
    """Return the permits of these plates, without passes."""
    columns = ("pk", "plate", "begins_at", "ends_at")
    vehicles = Vehicle.objects.filter(site=site_id, plate__any_of=plates)
    allowed = AccessListEntry.objects.filter(site=site_id, plate__any_of=plates, kind="allow")
    found: dict[str, list[PlateRecord]] = defaultdict(list)
    for kind, rows in (("resident", vehicles), ("allow", allowed)):
        for pk, plate, begins_at, ends_at in rows.values_list(*columns):
            found[plate].append(PlateRecord(kind, pk, plate, begins_at, ends_at))
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
    related: dict[str, Model] = {
        "site": basis.lot.site,
        "lot": basis.lot,
        "entry_passage": entry,
    }
    stay = new_row(
        Stay,
        {**related, "tariff": tariff} if tariff else related,
        plate=target.plate,
        folded=fold(target.plate),
        entered_at=entry.seen_at,
        currency=tariff.document["currency"] if tariff else basis.lot.site.currency,
        cover=permit.kind if permit else Stay.Cover.NONE,
        free_used=adjusting.has_just_left(entry.seen_at, before, basis.rules),
        waiting_passage_id=target.waiting_key,
        exit_passage_id=target.exit_key,
    )
    _set_class(basis, stay, entry, target.left_by)
    due = _price(stay, span, records)
    stay.status = span.status
    stay.review = adjusting.review_codes(stay, target, None, corrected=False, owes=bool(due))
    return stay


def _set_class(basis: Basis, stay: Stay, entry: Passage, left: Passage | None) -> None:
    colour = entry.colour or (left.colour if left else "")
    found = classes.find_class(basis.classes, stay.plate, colour)
    stay.vehicle = found.code if found else ""


def _price(stay: Stay, span: timeline.Span, records: Sequence[PlateRecord]) -> int:
    """Set when a stay ended and what it costs; return what is due."""
    stay.left_at = span.left_at
    if span.exit is None or stay.left_at is None:
        stay.price, stay.lines = None, []
        return 0
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
