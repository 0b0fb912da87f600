"""What opens, closes, undoes, pays and reviews a stay."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access import services as access_services
from access.models import Passage, VisitorPass
from access.selectors import standing_at_exit
from access.sight import Known
from core import audit, clock, live
from core.errors import Refusal
from core.models import User
from parking import selectors
from parking.models import LotRules, Quote, Stay, StayPayment, Tariff

QUOTE_HOLDS = timedelta(minutes=10)
# A car that waited longer at the exit than this is not opened for by its payment alone.
_WAITS_AT_EXIT = timedelta(minutes=30)
_LARGE = ("yellow", "yellow-green")


@transaction.atomic(savepoint=False)
def open_stay(
    passage: Passage,
    cover: Known | None = None,
    tariff: Tariff | None = None,
    rules: LotRules | None = None,
) -> Stay | None:
    """Open the stay of a car that was let in; nothing for a car whose plate nobody knows.

    An older open stay of the plate ends as superseded, with no claim for money, and goes to the
    review queue: two visits are never stitched into one.
    """
    if not passage.plate:
        return None
    lot = passage.lane.lot
    rules = rules or selectors.rules_of(lot)
    tariff = tariff or selectors.tariff_at(lot.pk, passage.at)
    _supersede(lot.pk, passage.plate, passage.at)
    stay = Stay.objects.create(
        site_id=passage.site_id,
        lot=lot,
        plate=passage.plate,
        folded=passage.folded,
        vehicle="large" if passage.colour in _LARGE else "small",
        entry_passage=passage,
        entered_at=passage.at,
        tariff=tariff,
        currency=tariff.document["currency"] if tariff else passage.site.currency,
        free_used=selectors.left_just_now(lot.pk, passage.plate, passage.at, rules.reentry_minutes),
        **_covering(passage, cover),
    )
    _tell(stay)
    return stay


@transaction.atomic(savepoint=False)
def close_stay(stay: Stay, passage: Passage) -> Stay:
    """Close the stay of a car that was let out, its price and lines kept with it.

    A car that a person let out with something still to pay goes to the review queue.
    """
    stay = _locked(stay)
    if stay.status != Stay.Status.OPEN:
        return stay
    owed = selectors.due_now(stay, passage.at)
    stay.status = Stay.Status.CLOSED
    stay.left_at = max(passage.at, stay.entered_at)
    stay.exit_passage = passage
    stay.price, stay.lines = owed.price, owed.lines
    if owed.due:
        stay.review = [*stay.review, "left_unpaid"]
    stay.save()
    _tell(stay)
    return stay


@transaction.atomic
def undo(passage: Passage) -> None:
    """Undo what a car's passage did, because it turned back: the entry, or the exit."""
    entered = Stay.objects.select_for_update().filter(entry_passage=passage, status="open").first()
    if entered is not None:
        entered.status, entered.left_at = Stay.Status.UNDONE, passage.ended_at
        entered.left_at = max(passage.ended_at or entered.entered_at, entered.entered_at)
        entered.save(update_fields=["status", "left_at"])
        _tell(entered)
    left = Stay.objects.select_for_update().filter(exit_passage=passage, status="closed").first()
    if left is not None:
        _supersede(left.lot_id, left.plate, clock.now())
        left.status, left.left_at, left.exit_passage = Stay.Status.OPEN, None, None
        left.price, left.lines = None, []
        left.review = [code for code in left.review if code != "left_unpaid"]
        left.save()
        _tell(left)


@transaction.atomic
def rename_stay(passage: Passage, before: str) -> None:
    """Mend the stay of a car whose plate was corrected after it was let through.

    A car let in by a plate that nobody could read gets its stay now.
    """
    stay = Stay.objects.select_for_update().filter(entry_passage=passage).first()
    if stay is None:
        if passage.direction == "entry" and not before:
            open_stay(passage)
        elif passage.direction == "exit":
            _flag_exit(passage)
        return
    if stay.status == Stay.Status.OPEN:
        _supersede(stay.lot_id, passage.plate, passage.at, but=stay.pk)
    stay.plate, stay.folded = passage.plate, passage.folded
    stay.save(update_fields=["plate", "folded"])
    _tell(stay)


@transaction.atomic
def charge_lost_entry(passage: Passage, actor: User, reason: str) -> Stay:
    """Charge a car whose entry nobody knows what the lot's rules say for that.

    Raises:
        Refusal: no reason is given, the plate is not known, or the car is inside by its plate.
    """
    if not reason.strip():
        raise Refusal("reason", "a reason is missing", "say what the driver told you")
    if not passage.plate:
        raise Refusal("plate", "the plate is not known", "correct the read first")
    lot = passage.lane.lot
    if Stay.objects.filter(lot=lot, plate=passage.plate, status="open").exists():
        raise Refusal("plate", "this car has an open stay", "let the exit decide by it")
    stay = Stay.objects.create(
        site_id=passage.site_id,
        lot=lot,
        plate=passage.plate,
        folded=passage.folded,
        entered_at=passage.at,
        currency=passage.site.currency,
        price=selectors.rules_of(lot).lost_entry_charge,
        review=["entry_unknown"],
        review_reason=reason,
    )
    audit.record(passage.site, actor, "charge lost entry", f"stay:{stay.pk}", reason=reason)
    _tell(stay)
    access_services.reconsider(passage)
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


@transaction.atomic
def record_payment(
    stay: Stay, reference: str, amount: int, at: datetime, quoted_at: datetime | None = None
) -> StayPayment:
    """Count money towards a stay, once for each reference, and let a waiting car out.

    Args:
        amount: in minor units of the stay's currency, above 0.
        at: when it was paid, by the provider's word.
        quoted_at: when the payer was told the amount.
    """
    stay = _locked(stay)
    payment, is_new = StayPayment.objects.get_or_create(
        reference=reference,
        defaults={"stay": stay, "amount": amount, "at": at, "quoted_at": quoted_at or at},
    )
    if is_new:
        _tell(stay)
        _settle_arrears(stay)
        waiting = standing_at_exit(stay.lot_id, stay.plate, clock.now() - _WAITS_AT_EXIT)
        if waiting is not None and stay.status == Stay.Status.OPEN:
            access_services.reconsider(waiting)
    return payment


@transaction.atomic
def review_stay(stay: Stay, actor: User, reason: str) -> Stay:
    """Take a stay out of the review queue.

    Raises:
        Refusal: no reason is given.
    """
    if not reason.strip():
        raise Refusal("reason", "a reason is missing", "say what you found")
    stay = _locked(stay)
    audit.record(
        stay.site, actor, "review stay", f"stay:{stay.pk}", codes=stay.review, reason=reason
    )
    stay.review, stay.reviewed_by, stay.review_reason = [], actor, reason
    stay.save(update_fields=["review", "reviewed_by", "review_reason"])
    _tell(stay)
    return stay


def _covering(passage: Passage, cover: Known | None) -> dict[str, Any]:
    if cover is None:
        return {}
    if cover.kind != "visitor":
        return {"cover": cover.kind}
    visit = VisitorPass.objects.get(pk=cover.pk)
    until = visit.ends_at
    if visit.free_minutes:
        until = min(until, passage.at + timedelta(minutes=visit.free_minutes))
    return {"cover": "visitor", "visitor_pass": visit, "covered_until": until}


def _supersede(lot_id: int, plate: str, at: datetime, but: int | None = None) -> None:
    older = Stay.objects.select_for_update().filter(lot=lot_id, plate=plate, status="open")
    for stay in older:
        if stay.pk == but:
            continue
        stay.status = Stay.Status.SUPERSEDED
        stay.left_at = max(at, stay.entered_at)
        stay.review = [*stay.review, "superseded"]
        stay.save(update_fields=["status", "left_at", "review"])
        _tell(stay)


def _flag_exit(passage: Passage) -> None:
    """Have a person look at the stay that an exit with a wrong plate closed."""
    for stay in Stay.objects.select_for_update().filter(exit_passage=passage):
        stay.review = [*stay.review, "exit_corrected"]
        stay.save(update_fields=["review"])
        _tell(stay)


def _settle_arrears(stay: Stay) -> None:
    """Take a stay off the review queue for money once its price is paid after all."""
    if "left_unpaid" in stay.review and not selectors.due_now(stay).due:
        stay.review = [code for code in stay.review if code != "left_unpaid"]
        stay.save(update_fields=["review"])


def _locked(stay: Stay) -> Stay:
    return (
        Stay.objects.select_for_update(of=("self",))
        .select_related("site", "lot", "tariff", "visitor_pass")
        .get(pk=stay.pk)
    )


def _tell(stay: Stay) -> None:
    live.announce(stay.site_id, "stay", id=stay.pk, stay_public=stay.public_id)
