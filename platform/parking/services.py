"""Writes of parking: open, close, undo, rename and review stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access import permits
from access import services as access_services
from access.context import PlateRecord
from access.models import Passage
from access.selectors import plate_records, waiting_at_exit
from core import audit, clock, live, validation
from core.copying import insert_rows
from core.errors import Rejection
from core.models import User
from parking import charges, selectors, topics, vehicle_classes
from parking.charging import cover_end, pending_pass
from parking.locks import lock_timelines
from parking.models import Stay, Tariff

# After this long at the exit a car may have left the lane, so a payment alone opens no barrier.
_WAITS_AT_EXIT = timedelta(minutes=30)
_CLOSING = [
    "status",
    "left_at",
    "exit_passage",
    "waiting_passage",
    "price",
    "lines",
    "vehicle",
    "review",
    "cover",
    "visitor_pass",
    "covered_from",
    "covered_until",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """A car that came in, with what its stay begins with.

    Attributes:
        cover: the permit by which it was admitted.
        free_used: it gets no second free period.
        vehicle: the code of its class.
    """

    passage: Passage
    cover: PlateRecord | None
    tariff: Tariff | None
    free_used: bool
    vehicle: str


@transaction.atomic(savepoint=False)
def open_stay(entry: Entry, before: selectors.Before, *, by_hand: bool = False) -> Stay:
    """Open the stay of a car with a plate that was admitted.

    An older open stay of the plate is superseded, without a claim for money, and queued for review:
    two visits are never joined into one. A passage opens one stay, however often its barrier is
    opened.

    Args:
        before: the plate's stays, read below the lock of its timeline.
        by_hand: a person admitted the car; its permit is found here, below the timeline's lock.
    """
    passage = entry.passage
    if before.own is not None:
        return before.own
    if by_hand:
        entry = replace(entry, cover=permits.use_permit(passage))
    if before.inside:
        _supersede(passage.lane.lot_id, passage.plate, passage.seen_at)
    return begin_stays([entry])[0]


@transaction.atomic(savepoint=False)
def begin_stays(entries: Sequence[Entry]) -> list[Stay]:
    """Create the stays of cars that came in, with two statements for all of them."""
    return _create([_new_stay(each) for each in entries])


def _new_stay(entry: Entry) -> Stay:
    passage, tariff = entry.passage, entry.tariff
    return _begin(
        passage,
        vehicle=entry.vehicle,
        entry_passage=passage,
        tariff=tariff,
        currency=tariff.document["currency"] if tariff else passage.site.currency,
        free_used=entry.free_used,
        review=["clock_wrong"] if passage.clock_wrong else [],
        **covering(passage, entry.cover),
    )


def _begin(passage: Passage, **values: Any) -> Stay:
    """Return a stay that begins at a passage, unsaved."""
    return Stay(
        site_id=passage.site_id,
        lot=passage.lane.lot,
        plate=passage.plate,
        folded=passage.folded,
        entered_at=passage.seen_at,
        **values,
    )


def _create(stays: Sequence[Stay]) -> list[Stay]:
    """Store stays that begin, with their draft charges."""
    if not stays:
        return []
    created = insert_rows(stays)
    charges.begin_charges(created)
    for stay in created:
        announce(stay, is_new=True)
    return created


@transaction.atomic(savepoint=False)
def close_stay(stay: Stay, passage: Passage, owed: selectors.Due | None = None) -> Stay:
    """Close the stay of a car that was let out, at its final price, and post its charge.

    A stay that was let out by a person with an amount due is queued for review.

    Args:
        stay: the stay to close.
        passage: the exit.
        owed: what the stay costs, where the caller has locked the stay and its charge and
            calculated it already.
    """
    if owed is None:
        lock_timelines(stay.lot_id, [stay.plate])
        stay = _locked(stay)
        if stay.status != Stay.Status.OPEN:
            return stay
        charges.lock_charge(stay)
        vehicle_classes.refine_class(stay, passage)
        owed = selectors.due_now(stay, passage.seen_at)
    stay.status = Stay.Status.CLOSED
    stay.left_at = max(passage.seen_at, stay.entered_at)
    stay.exit_passage, stay.waiting_passage = passage, None
    stay.price, stay.lines = owed.price, owed.lines
    if owed.due:
        stay.review = [*stay.review, "left_unpaid"]
    if passage.clock_wrong and "clock_wrong" not in stay.review:
        stay.review = [*stay.review, "clock_wrong"]
    attach_pending_pass(stay, stay.left_at)
    stay.save(update_fields=_CLOSING)
    charges.post_charge(stay)
    announce(stay)
    return stay


def attach_pending_pass(
    stay: Stay, at: datetime, records: Sequence[PlateRecord] | None = None
) -> bool:
    """Use an entry of a pass that began while the car was inside; the caller saves the stay."""
    if stay.visitor_pass_id or stay.tariff_id is None:
        return False
    if records is None:
        records = plate_records(stay.site_id, stay.plate)
    found = pending_pass(stay, at, records)
    if found is None or not permits.use_entry(found.pk):
        return False
    stay.cover, stay.visitor_pass_id = Stay.Cover.VISITOR, found.pk
    stay.covered_from, stay.covered_until = found.begins_at, cover_end(stay, found)
    return True


@transaction.atomic(savepoint=False)
def wait_at_exit(stay: Stay, passage: Passage) -> None:
    """Note the exit at which the car waits: what is paid there belongs to that passage."""
    stay.waiting_passage = passage
    changed = ["waiting_passage", "vehicle"]
    if attach_pending_pass(stay, passage.seen_at):
        changed += ["cover", "visitor_pass", "covered_from", "covered_until"]
    stay.save(update_fields=changed)


@transaction.atomic
def cover_cars_inside(site_id: int, plate: str) -> None:
    """Let a pass that was issued for a car inside cover its stay, from the pass's start."""
    for inside in Stay.objects.filter(site=site_id, plate=plate, status="open").order_by("lot"):
        lock_timelines(inside.lot_id, [plate])
        stay = _locked(inside)
        if stay.status == Stay.Status.OPEN and attach_pending_pass(stay, clock.now()):
            stay.save(update_fields=["cover", "visitor_pass", "covered_from", "covered_until"])
            announce(stay)


def close_by_plate(passage: Passage) -> Stay | None:
    """Close the open stay of a car that was let out by a person or a permit, if it has one."""
    if not passage.plate:
        return None
    inside = Stay.objects.filter(
        lot=passage.lane.lot_id, plate=passage.plate, status=Stay.Status.OPEN
    )
    stay = inside.first()
    return close_stay(stay, passage) if stay else None


@transaction.atomic
def charge_lost_entry(passage: Passage, actor: User, reason: str) -> Stay:
    """Charge a car without a known entry the amount of the lot's rules.

    Raises:
        Rejection: no reason is given, the car does not wait at an exit for the guard, its plate is
            unknown, or its plate has an open stay.
    """
    validation.require_reason(reason, _("enter what the driver said"))
    audit.record(passage.site, actor, "charge lost entry", ("passage", passage.pk), reason=reason)
    passage = access_services.lock_passage(passage)
    _check_lost_entry(passage)
    begun = _begin(
        passage,
        currency=passage.site.currency,
        price=selectors.rules_of(passage.lane.lot).lost_entry_charge,
        review=["entry_unknown"],
        review_reason=reason,
    )
    (stay,) = _create([begun])
    access_services.re_evaluate(passage)
    return stay


def _check_lost_entry(passage: Passage) -> None:
    if passage.direction != "exit" or passage.state != Passage.State.HELD:
        raise Rejection(
            "passage",
            "not_waiting",
            _("no car is waiting for the guard here"),
            _("reload the lane board"),
        )
    if not passage.plate:
        raise Rejection(
            "plate", "plate_unknown", _("the plate is unknown"), _("correct the reading first")
        )
    lot = passage.lane.lot
    lock_timelines(lot.pk, [passage.plate])
    if Stay.objects.filter(lot=lot, plate=passage.plate, status="open").exists():
        raise Rejection(
            "plate",
            "already_open",
            _("this car has an open stay"),
            _("let the exit decide by that stay"),
        )


@transaction.atomic(savepoint=False)
def re_evaluate_paid(stay: Stay) -> None:
    """Re-evaluate the stay's car at the exit after a payment, and clear a review for arrears.

    A second run has no effect: a car that was let through is not re-evaluated.
    """
    waiting = waiting_at_exit(stay.lot_id, stay.plate, clock.now() - _WAITS_AT_EXIT)
    if waiting is not None:
        access_services.lock_passage(waiting)  # before its stay, as in every transaction
        lock_timelines(stay.lot_id, [stay.plate])
    stay = _locked(stay)
    announce(stay)
    _clear_arrears(stay)
    if waiting is not None and stay.status == Stay.Status.OPEN:
        access_services.re_evaluate(waiting)


@transaction.atomic
def review_stay(stay: Stay, actor: User, reason: str) -> Stay:
    """Remove a stay from the review queue.

    Raises:
        Rejection: no reason is given, or the stay was reviewed before.
    """
    validation.require_reason(reason, _("enter what you found"))
    audit.record(
        stay.site, actor, "review stay", ("stay", stay.pk), codes=stay.review, reason=reason
    )
    stay = _locked(stay)
    if not stay.review:
        raise Rejection(
            "stay",
            "already_reviewed",
            _("this incident is already reviewed"),
            _("no action is needed"),
        )
    stay.review, stay.reviewed_by, stay.review_reason = [], actor, reason
    stay.save(update_fields=["review", "reviewed_by", "review_reason"])
    announce(stay)
    return stay


def covering(passage: Passage, cover: PlateRecord | None) -> dict[str, Any]:
    """Return the fields of a stay for the permit that its car came in by."""
    if cover is None:
        return {}
    if cover.kind != "visitor":
        return {"cover": cover.kind}
    until = cover.ends_at
    if cover.free_minutes:
        free_until = passage.seen_at + timedelta(minutes=cover.free_minutes)
        until = min(until or free_until, free_until)
    return {"cover": "visitor", "visitor_pass_id": cover.pk, "covered_until": until}


def _supersede(lot_id: int, plate: str, at: datetime) -> None:
    older = Stay.objects.select_for_update(no_key=True).filter(
        lot=lot_id, plate=plate, status="open"
    )
    for stay in older:
        stay.status = Stay.Status.SUPERSEDED
        stay.left_at = max(at, stay.entered_at)
        stay.review = [*stay.review, "superseded"]
        stay.save(update_fields=["status", "left_at", "review"])
        charges.post_what_was_paid(stay)
        announce(stay)


def _clear_arrears(stay: Stay) -> None:
    """Remove the review for arrears once the stay's price is paid."""
    if "left_unpaid" in stay.review and not selectors.due_now(stay).due:
        stay.review = [code for code in stay.review if code != "left_unpaid"]
        stay.save(update_fields=["review"])


def _locked(stay: Stay) -> Stay:
    return (
        Stay.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site", "lot", "tariff", "visitor_pass", "entry_passage")
        .get(pk=stay.pk)
    )


def announce(stay: Stay, *, is_new: bool = False) -> None:
    """Notify open pages that the stay has changed; no page has the public id of a new one yet."""
    live.announce(topics.STAY, stay.site_id, stay.pk)
    if not is_new:
        live.announce_public(topics.STAY, stay.public_id)
