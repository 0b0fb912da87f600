"""Parking's event handlers: decisions, movements, corrections and payments change the stays."""

from collections import defaultdict
from collections.abc import Sequence

from access import permits
from access.context import DecisionContext
from access.events import Decided, PassageChanged, PassIssued, PlateAllowed, PlateCorrected
from access.models import Decision, Passage
from billing.events import ChargePaid
from core import clock
from core.events import subscribe, subscribe_durable, subscribe_together
from estate.models import Lot
from parking import bulk, charges, quotes, recompute, selectors, services
from parking.context import (
    StayFacts,
    class_of_car,
    stay_facts,
    takes_a_place,
    tariff_in_force,
)
from parking.events import StayRecomputed
from parking.models import Stay
from people.events import VehicleRegistered


def register() -> None:
    """Subscribe parking to the events of access and billing."""
    subscribe_together(Decided, _decided_together)
    subscribe(PassageChanged, _changed)
    subscribe(PlateCorrected, _corrected)
    subscribe(PassIssued, _pass_issued)
    subscribe_together(VehicleRegistered, _permits_added)
    subscribe_together(PlateAllowed, _permits_added)
    subscribe_durable(ChargePaid, on_charge_paid)
    subscribe_durable(StayRecomputed, on_stay_recomputed)


def _decided_together(decided: Sequence[Decided]) -> None:
    """Act on the decisions; several about records of a time that is over change stays together."""
    if len(decided) == 1:
        _decided(decided[0])
        return
    by_lot: dict[int, list[Passage]] = defaultdict(list)
    entries: list[services.Entry] = []
    for event in decided:
        if event.passage.is_late and event.decision.rule == "late":
            by_lot[event.passage.lane.lot_id].append(event.passage)
        elif _is_first_visit(event):
            before = stay_facts(event.context).before
            entries.append(_entry(event.passage, event.context, before))
        else:
            _decided(event)
    services.begin_stays(entries)
    for passages in by_lot.values():
        bulk.record_stays(passages[0].lane.lot, passages)


def _is_first_visit(event: Decided) -> bool:
    """Whether a car was let in just now whose plate has no other stay that this one changes."""
    passage, facts = event.passage, stay_facts(event.context)
    before = facts.before
    if not takes_a_place(event.context) or before is None or event.context.rule == "reread":
        return False
    is_known = before.own is not None or before.is_followed or not facts.is_newest
    return not (is_known or passage.is_late or passage.is_test)


def _entry(
    passage: Passage, context: DecisionContext, before: selectors.Before | None
) -> services.Entry:
    in_force = tariff_in_force(context) if context.at == passage.seen_at else None
    return services.Entry(
        passage,
        context.permit,
        in_force or selectors.tariff_at(passage.lane.lot_id, passage.seen_at),
        free_used=before is not None and before.left_just_now,
        vehicle=class_of_car(context),
    )


def _decided(event: Decided) -> None:
    """Change the stay at once for a car that is at the lane; recompute it for a late record."""
    decision, passage, context = event.decision, event.passage, event.context
    facts = stay_facts(context)
    if not passage.plate or passage.is_test or decision.rule == "reread":
        return
    if decision.outcome == Decision.Outcome.PAY and facts.stay is not None:
        # The lane's screen, the payment page and the cash dialog show this amount.
        quotes.make_quote(facts.stay, owed=facts.due)
    opened = decision.outcome == Decision.Outcome.OPEN
    if passage.is_late or _is_one_of_several(passage, facts, opened=opened):
        _recompute(passage, context)
    elif not opened:
        if facts.stay is not None and decision.outcome == Decision.Outcome.PAY:
            services.wait_at_exit(facts.stay, passage)
    elif passage.direction == "entry":
        _enter(passage, context, by_hand=decision.actor_id is not None)
    elif facts.stay is not None:
        services.close_stay(facts.stay, passage, facts.due)
    else:
        services.close_by_plate(passage)


def _enter(passage: Passage, context: DecisionContext, *, by_hand: bool) -> None:
    """Open the stay of a car that was let in; what follows its entry is known under the lock."""
    facts = stay_facts(context)
    before = facts.before or selectors.before_entry(passage)
    if before.is_followed and before.own is None:
        _recompute(passage, context)
    else:
        services.open_stay(_entry(passage, context, before), before, by_hand=by_hand)


def _recompute(passage: Passage, context: DecisionContext) -> None:
    if context.permit is not None and context.permit.kind == "visitor":
        permits.return_entry(context.permit.pk)  # the timeline uses it where it belongs
    recompute.recompute(passage.lane.lot, [passage.plate], passage.seen_at)


def _is_one_of_several(passage: Passage, facts: StayFacts, *, opened: bool) -> bool:
    """Whether other reads of the car decide, too, when it came in or left."""
    leaves = passage.direction == "exit"
    if not opened and not leaves:
        return False
    is_newest, is_again = facts.is_newest, facts.is_read_again
    if is_newest is None:
        is_newest = selectors.is_newest_fact(passage)
    if is_again is None and leaves and opened:
        is_again = selectors.is_read_again(passage)
    return not is_newest or bool(leaves and opened and is_again)


def _changed(event: PassageChanged) -> None:
    """Recompute where a movement changes more than what the decision has done already."""
    passage = event.passage
    if passage.plate and not passage.is_test and recompute.is_changed_by(event):
        recompute.recompute(passage.lane.lot, [passage.plate], passage.seen_at)


def _corrected(event: PlateCorrected) -> None:
    plates = [each for each in (event.before, event.passage.plate) if each]
    recompute.recompute(event.passage.lane.lot, plates, event.passage.seen_at, corrected=True)


def _pass_issued(event: PassIssued) -> None:
    services.cover_cars_inside(event.site_id, event.plate)
    for stay in selectors.stays_ended_after(event.site_id, event.plate, clock.now()):
        recompute.recompute(stay.lot, [stay.plate], stay.entered_at)


def _permits_added(events: Sequence[VehicleRegistered | PlateAllowed]) -> None:
    """Price the stays again that had ended when a permit of an earlier time was recorded."""
    now = clock.now()
    since = {(each.site_id, each.plate): each.begins_at for each in events if each.begins_at < now}
    by_timeline: dict[tuple[Lot, str], list[Stay]] = defaultdict(list)
    for stay in selectors.priced_after(since):
        by_timeline[stay.lot, stay.plate].append(stay)
    for (lot, plate), stays in by_timeline.items():
        recompute.recompute(lot, [plate], stays[0].entered_at, repriced=stays)


def on_charge_paid(event: ChargePaid) -> None:
    """Let the car of a paid stay out; runs after the payment's transaction has committed."""
    if event.source_type != charges.KIND:
        return
    passages = ("entry_passage", "waiting_passage")
    stay = Stay.objects.select_related("lot", *passages).get(public_id=event.source_id)
    services.re_evaluate_paid(stay)  # it locks the passage at the exit, so it comes first
    is_fixed = stay.status == Stay.Status.CLOSED and stay.tariff_id is None
    if stay.status != Stay.Status.OPEN and not is_fixed:
        # Paid before it left, but recorded afterwards: what was paid within the grace is the price.
        recompute.recompute(stay.lot, _plates_of(stay), stay.entered_at, repriced=[stay])


def _plates_of(stay: Stay) -> list[str]:
    """Return the stay's plate, and those that its reads were corrected to since it was undone."""
    reads = [each for each in (stay.entry_passage, stay.waiting_passage) if each is not None]
    return sorted({stay.plate, *(read.plate for read in reads if read.plate)})


def on_stay_recomputed(event: StayRecomputed) -> None:
    """Decide again about the car at the exit whose stay was found or changed by a late record."""
    stay = Stay.objects.select_related("waiting_passage").get(public_id=event.stay)
    if stay.waiting_passage is not None and not stay.waiting_passage.is_late:
        services.re_evaluate_paid(stay)
