"""What opens, closes, undoes, pays and reviews a stay."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access import permits
from access import services as access_services
from access.context import PlateRecord
from access.models import Passage
from access.selectors import waiting_at_exit
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User
from parking import charges, selectors, topics
from parking.models import Quote, Stay, Tariff

QUOTE_HOLDS = timedelta(minutes=10)
# A car that waited longer at the exit than this is not opened for by its payment alone.
_WAITS_AT_EXIT = timedelta(minutes=30)
_LARGE = ("yellow", "yellow-green")
_NO_COVER: dict[str, Any] = {"cover": "", "visitor_pass_id": None, "covered_until": None}


@transaction.atomic(savepoint=False)
def open_stay(
    passage: Passage,
    cover: PlateRecord | None = None,
    tariff: Tariff | None = None,
    before: selectors.Before | None = None,
) -> Stay | None:
    """Open the stay of a car that was let in; nothing for a car whose plate nobody knows.

    An older open stay of the plate ends as superseded, with no claim for money, and goes to the
    review queue: two visits are never stitched into one. A passage opens one stay, however often
    its barrier is lifted.

    Args:
        cover: the leave that it came in by.
        tariff, before: where the caller has asked for them already.
    """
    if not passage.plate:
        return None
    lot = passage.lane.lot
    before = before or selectors.before_entry(passage)
    if before.own is not None:
        return before.own
    tariff = tariff or selectors.tariff_at(lot.pk, passage.seen_at)
    if before.inside:
        _supersede(lot.pk, passage.plate, passage.seen_at)
    stay = Stay.objects.create(
        site_id=passage.site_id,
        lot=lot,
        plate=passage.plate,
        folded=passage.folded,
        vehicle="large" if passage.colour in _LARGE else "small",
        entry_passage=passage,
        entered_at=passage.seen_at,
        tariff=tariff,
        currency=tariff.document["currency"] if tariff else passage.site.currency,
        free_used=before.left_just_now,
        **_covering(passage, cover),
    )
    charges.begin_charge(stay)
    _tell(stay)
    return stay


@transaction.atomic(savepoint=False)
def close_stay(stay: Stay, passage: Passage, owed: selectors.Due | None = None) -> Stay:
    """Close the stay of a car that was let out, its price and lines kept with it.

    A car that a person let out with something still to pay goes to the review queue.

    Args:
        owed: what the stay costs, where the caller has locked it and asked already.
    """
    if owed is None:
        stay = _locked(stay)
        if stay.status != Stay.Status.OPEN:
            return stay
        charges.lock_charge(stay)
        owed = selectors.due_now(stay, passage.seen_at)
    stay.status = Stay.Status.CLOSED
    stay.left_at = owed.at
    stay.exit_passage = passage
    stay.price, stay.lines = owed.price, owed.lines
    if owed.due:
        stay.review = [*stay.review, "left_unpaid"]
    stay.save(update_fields=["status", "left_at", "exit_passage", "price", "lines", "review"])
    charges.post_charge(stay)
    _tell(stay)
    return stay


def close_by_plate(passage: Passage) -> Stay | None:
    """Close the stay of a car that was let out without it, by a person or a leave; None without."""
    if not passage.plate:
        return None
    inside = Stay.objects.filter(
        lot=passage.lane.lot_id, plate=passage.plate, status=Stay.Status.OPEN
    )
    stay = inside.first()
    return close_stay(stay, passage) if stay else None


def hand_over(earlier: int, passage: Passage) -> None:
    """Have the stay that an earlier passage opened or closed follow the car read again.

    What becomes of the car, that it turns back or is corrected, is told of its newest passage.
    """
    end = "entry_passage" if passage.direction == "entry" else "exit_passage"
    Stay.objects.filter(**{end: earlier}).update(**{end: passage})


@transaction.atomic
def undo(passage: Passage) -> None:
    """Undo what a car's passage did, because it turned back: the entry, or the exit."""
    if passage.direction == "exit":
        _reopen(passage)
        return
    stay = (
        Stay.objects.select_for_update(no_key=True)
        .filter(entry_passage=passage, status="open")
        .first()
    )
    if stay is None:
        return
    stay.status = Stay.Status.UNDONE
    stay.left_at = max(passage.ended_at or stay.entered_at, stay.entered_at)
    stay.save(update_fields=["status", "left_at"])
    charges.cancel(stay)
    if stay.visitor_pass_id:
        permits.return_entry(stay.visitor_pass_id)
    _tell(stay)


@transaction.atomic
def rename_stay(passage: Passage, before: str) -> None:
    """Mend the stay of a car whose plate was corrected after it was let through.

    A car let through by a plate that nobody could read has its stay opened, or closed, now. One
    that turned back since has none, and that of a car read again is its newer passage's.
    """
    gone = passage.state in (Passage.State.TURNED_BACK, Passage.State.REREAD)
    if gone or passage.plate == before:
        return
    if passage.direction == "exit":
        _reopen(passage, "exit_corrected")
        close_by_plate(passage)
        return
    stay = Stay.objects.select_for_update(no_key=True).filter(entry_passage=passage).first()
    if stay is None:
        open_stay(passage, permits.use_permit(passage))
    elif stay.plate != passage.plate:
        _rename(stay, passage)


def _rename(stay: Stay, passage: Passage) -> None:
    """Give the stay the passage's plate; one that has not ended gets that plate's cover, too."""
    changed: dict[str, Any] = {"plate": passage.plate, "folded": passage.folded}
    if stay.status == Stay.Status.OPEN:
        _supersede(stay.lot_id, passage.plate, passage.seen_at)
        if stay.visitor_pass_id:
            permits.return_entry(stay.visitor_pass_id)
        changed |= _NO_COVER | _covering(passage, permits.use_permit(passage))
        changed["free_used"] = selectors.before_entry(passage).left_just_now
    for name, value in changed.items():
        setattr(stay, name, value)
    stay.save(update_fields=list(changed))
    _tell(stay)


def _reopen(passage: Passage, code: str = "") -> None:
    """Take back the exit of the stay that the passage closed.

    Where its car has come in again since, that stay stays closed.

    Args:
        code: why a person should look at it; empty where nobody need.
    """
    stay = (
        Stay.objects.select_for_update(no_key=True)
        .filter(exit_passage=passage, status="closed")
        .first()
    )
    if stay is None:
        return
    inside = Stay.objects.filter(lot=stay.lot_id, plate=stay.plate, status=Stay.Status.OPEN)
    if not inside.exists():
        stay.status, stay.left_at, stay.exit_passage = Stay.Status.OPEN, None, None
        stay.price, stay.lines = None, []
        stay.review = [each for each in stay.review if each != "left_unpaid"]
    if code:
        stay.review = [*stay.review, code]
    stay.save(update_fields=["status", "left_at", "exit_passage", "price", "lines", "review"])
    _tell(stay)


@transaction.atomic
def charge_lost_entry(passage: Passage, actor: User, reason: str) -> Stay:
    """Charge a car whose entry nobody knows what the lot's rules say for that.

    Raises:
        Rejection: no reason is given, the car does not wait at an exit for the guard, its plate is
            not known, or it is inside by its plate.
    """
    validation.require_reason(reason, _("say what the driver told you"))
    audit.record(passage.site, actor, "charge lost entry", ("passage", passage.pk), reason=reason)
    passage = access_services.lock_passage(passage)
    if passage.direction != "exit" or passage.state != Passage.State.HELD:
        raise Rejection(
            "passage",
            "not_waiting",
            _("no car waits here for the guard"),
            _("look at the lane again"),
        )
    if not passage.plate:
        raise Rejection(
            "plate", "plate_unknown", _("the plate is not known"), _("correct the read first")
        )
    lot = passage.lane.lot
    if Stay.objects.filter(lot=lot, plate=passage.plate, status="open").exists():
        raise Rejection(
            "plate", "already_open", _("this car has an open stay"), _("let the exit decide by it")
        )
    stay = Stay.objects.create(
        site_id=passage.site_id,
        lot=lot,
        plate=passage.plate,
        folded=passage.folded,
        entered_at=passage.seen_at,
        currency=passage.site.currency,
        price=selectors.rules_of(lot).lost_entry_charge,
        review=["entry_unknown"],
        review_reason=reason,
    )
    charges.begin_charge(stay)
    _tell(stay)
    access_services.re_evaluate(passage)
    return stay


@transaction.atomic
def make_quote(stay: Stay, at: datetime | None = None) -> Quote:
    """Offer the stay's amount for a while; the same offer while it holds and nothing was paid."""
    now = at or clock.now()
    last = stay.quotes.filter(expires_at__gt=now, at__lte=now).order_by("-at").first()
    owed = selectors.due_now(stay, now)
    if last is not None and (last.due, last.price) == (owed.due, owed.price):
        return last
    return Quote.objects.create(
        stay=stay,
        at=now,
        expires_at=now + QUOTE_HOLDS,
        price=owed.price,
        due=owed.due,
        currency=owed.currency,
        lines=owed.lines,
        tariff=owed.tariff,
    )


@transaction.atomic(savepoint=False)
def follow_payment(stay: Stay) -> None:
    """Act on money that was received for a stay: open for a car that waits, clear its review.

    Running it again changes nothing: a car that was let through is not decided about again.
    """
    waiting = waiting_at_exit(stay.lot_id, stay.plate, clock.now() - _WAITS_AT_EXIT)
    if waiting is not None:
        access_services.lock_passage(waiting)  # before its stay, in the order of every transaction
    stay = _locked(stay)
    _tell(stay)
    _settle_arrears(stay)
    if waiting is not None and stay.status == Stay.Status.OPEN:
        access_services.re_evaluate(waiting)


@transaction.atomic
def review_stay(stay: Stay, actor: User, reason: str) -> Stay:
    """Take a stay out of the review queue.

    Raises:
        Rejection: no reason is given, or somebody has reviewed it already.
    """
    validation.require_reason(reason, _("say what you found"))
    audit.record(
        stay.site, actor, "review stay", ("stay", stay.pk), codes=stay.review, reason=reason
    )
    stay = _locked(stay)
    if not stay.review:
        raise Rejection(
            "stay", "already_reviewed", _("it was reviewed already"), _("nothing is left to do")
        )
    stay.review, stay.reviewed_by, stay.review_reason = [], actor, reason
    stay.save(update_fields=["review", "reviewed_by", "review_reason"])
    _tell(stay)
    return stay


def _covering(passage: Passage, cover: PlateRecord | None) -> dict[str, Any]:
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
        _tell(stay)


def _settle_arrears(stay: Stay) -> None:
    """Take a stay off the review queue for money once its price is paid after all."""
    if "left_unpaid" in stay.review and not selectors.due_now(stay).due:
        stay.review = [code for code in stay.review if code != "left_unpaid"]
        stay.save(update_fields=["review"])


def _locked(stay: Stay) -> Stay:
    return (
        Stay.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site", "lot", "tariff", "visitor_pass")
        .get(pk=stay.pk)
    )


def _tell(stay: Stay) -> None:
    live.announce(topics.STAY, stay.site_id, stay.pk)
    live.announce_public(topics.STAY, stay.public_id)
