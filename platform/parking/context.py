"""Parking's part of the decision context: what its checks found about the car's stay.

What is read for one car is read for all cars that are decided about together, with one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from access.context import DecisionContext
from access.models import Decision, Passage
from parking import selectors, vehicle_classes
from parking.charging import QUOTE_HOLDS
from parking.locks import lock_timelines_of_lots
from parking.models import Stay, Tariff, VehicleClass
from parking.selectors import Before, Due, due_now


@dataclass
class StayFacts:
    """Results of parking's checks; those that act on the decision use them again.

    Attributes:
        before: at an entry, the lot's stays of the plate.
        inside: how many cars were inside the lot before the cars that are decided about together.
        cars_read: cars of that text, or look-alikes, that were read in the lot just now.
        is_newest: no later read of the plate has arrived before this one.
        is_read_again: an earlier read of the plate at this lane is of the same car.
        tariff: at an entry, the tariff that an unknown car will pay by; ``has_tariff`` once read.
        classes: the site's vehicle classes.
        is_locked: no other transaction changes the timeline until this one ends.
        stay: at an exit, the open stay that the car ends; its row is locked.
        due: at an exit, what that stay costs.
    """

    before: Before | None = None
    inside: int | None = None
    is_newest: bool | None = None
    is_read_again: bool | None = None
    cars_read: Sequence[Passage] | None = None
    tariff: Tariff | None = None
    has_tariff: bool = False
    classes: Sequence[VehicleClass] | None = None
    is_locked: bool = False
    stay: Stay | None = None
    due: Due | None = None


def stay_facts(context: DecisionContext) -> StayFacts:
    """Return parking's part of the context."""
    return context.part(StayFacts)


def stays_before(context: DecisionContext) -> Before:
    """Return the lot's stays of the plate, below the lock of its timeline."""
    facts = stay_facts(context)
    if facts.before is None:
        if len(context.together) == 1:
            facts.before = selectors.before_entry(context.passage)
            return facts.before
        lock_timeline(context, context.passage.plate)
        entering = _entering(context)
        rules = selectors.rules_of_lots({each.lot.pk for each in entering})
        found = selectors.before_entries([each.passage for each in entering], rules)
        for each, before in zip(entering, found, strict=True):
            stay_facts(each).before = before
    assert facts.before is not None  # noqa: S101 - it is one of the entering
    return facts.before


def others_inside(context: DecisionContext) -> int:
    """Return how many cars of other plates are inside the lot.

    Of the cars that are decided about together, those count that were let in before this one, and
    those that were let out do not.
    """
    facts = stay_facts(context)
    if facts.inside is None:
        counts = selectors.count_inside({each.lot.pk for each in context.together})
        for each in context.together:
            stay_facts(each).inside = counts[each.lot.pk]
    own = stays_before(context).inside
    of_lot = [each for each in context.together if each.lot == context.lot]
    change = sum(map(takes_a_place, of_lot)) - sum(map(leaves_a_place, of_lot))
    return (facts.inside or 0) - len(own) + change


def takes_a_place(context: DecisionContext) -> bool:
    """Whether the car was let in, and was not on record as inside."""
    enters = context.passage.direction == "entry" and context.outcome == Decision.Outcome.OPEN
    before = stay_facts(context).before
    return enters and before is not None and not before.inside


def leaves_a_place(context: DecisionContext) -> bool:
    """Whether the car was let out, and ends the stay that was found for it.

    A car that was read later, too, may be inside again by that read.
    """
    facts = stay_facts(context)
    leaves = facts.stay is not None and context.outcome == Decision.Outcome.OPEN
    return leaves and facts.is_newest is not False


def lock_timeline(context: DecisionContext, plate: str) -> None:
    """Let no other transaction change the plate's stays, nor those of the cars decided together.

    All are locked at once, since timelines are locked in the order of their plates.
    """
    if stay_facts(context).is_locked:
        return
    timelines = {(context.lot.pk, plate)}
    for each in context.together:
        timelines |= {(each.lot.pk, own) for own in _plates_to_lock(each)}
        stay_facts(each).is_locked = True
    lock_timelines_of_lots(timelines)


def _plates_to_lock(context: DecisionContext) -> list[str]:
    inside = [record.plate for record in context.records if record.kind == "inside"]
    return inside[:1] or ([context.passage.plate] if context.passage.plate else [])


def _entering(context: DecisionContext) -> list[DecisionContext]:
    """Return the contexts of the cars at entries, this one among them."""
    others = [
        each
        for each in context.together
        if each is not context and each.passage.direction == "entry" and each.passage.plate
    ]
    return [context, *others]


def tariff_in_force(context: DecisionContext) -> Tariff | None:
    """Return the tariff of the lot at the instant that the rules are applied to."""
    facts = stay_facts(context)
    if not facts.has_tariff:
        entering = _entering(context)
        latest: dict[int, datetime] = {}
        for each in entering:
            latest[each.lot.pk] = max(each.at, latest.get(each.lot.pk, each.at))
        found = selectors.tariffs_at(latest)
        for each in entering:
            _set_tariff(each, found.get(each.lot.pk))
    return facts.tariff


def _set_tariff(context: DecisionContext, latest: Tariff | None) -> None:
    facts = stay_facts(context)
    if latest is not None and latest.valid_from > context.at:
        latest = selectors.tariff_at(context.lot.pk, context.at)
    facts.tariff, facts.has_tariff = latest, True


def class_of_car(context: DecisionContext) -> str:
    """Return the code of the class of the car, by its plate and colour."""
    facts, passage = stay_facts(context), context.passage
    if facts.classes is None:
        found = vehicle_classes.classes_of_sites(
            {each.passage.site_id for each in context.together}
        )
        for each in context.together:
            stay_facts(each).classes = found[each.passage.site_id]
    of_car = vehicle_classes.find_class(facts.classes or (), passage.plate, passage.colour)
    return of_car.code if of_car else ""


def amount_due(context: DecisionContext, stay: Stay) -> Due:
    """Return what the stay costs at the decision's instant, calculated once for each decision."""
    facts = stay_facts(context)
    if facts.due is None:
        facts.due = due_now(stay, priced_at(context), context.records)
    return facts.due


def priced_at(context: DecisionContext) -> datetime:
    """Return the instant that the exit is priced at.

    It is that of the exit read: waiting there is free while the amount first shown is honoured.
    """
    seen_at = context.passage.seen_at
    return seen_at if context.at - seen_at <= QUOTE_HOLDS else context.at
