"""The checks that need stays, tariffs or lot rules; their order is in `access.checks`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from access import checks, decisions, permits
from access.context import NO_FINDING, CheckResult, DecisionContext
from access.matching import MAX_TIME_AT_LANE
from access.models import LET_THROUGH, Decision, Passage, PlateRead
from parking import plate_search, selectors, vehicle_classes
from parking.charges import lock_charge
from parking.context import (
    amount_due,
    lock_timeline,
    others_inside,
    stay_facts,
    stays_before,
    tariff_in_force,
)

Outcome = Decision.Outcome
# Of one plate so many reads at most are looked at: the newest ones. The query runs for every car at
# every lane; as plain SQL it spares the time of building it. OFFSET 0 keeps the order of the outer
# query from the inner one: PostgreSQL would read the site's passages by time, not the plate's.
_CARS_READ = """
SELECT own.id AS own_id, earlier.*
FROM unnest(%(passages)s::bigint[], %(sites)s::bigint[], %(lots)s::bigint[], %(lanes)s::bigint[],
            %(plates)s::text[], %(folded)s::text[], %(seen_at)s::timestamptz[],
            %(opened_since)s::timestamptz[])
    AS own (id, site_id, lot_id, lane_id, plate, folded, seen_at, opened_since)
CROSS JOIN LATERAL (
    SELECT car.id, car.plate, car.state, car.seen_at, car.ended_at, car.lane_id,
        car.lane_id = own.lane_id AND car.state = ANY (%(states)s)
            AND EXISTS (SELECT FROM access_decision WHERE passage_id = car.id
                        AND outcome = 'open' AND at >= own.opened_since) AS was_let_through
    FROM (SELECT * FROM access_passage
          WHERE site_id = own.site_id AND folded = own.folded AND folded <> ''
            AND seen_at >= own.opened_since - %(longest)s OFFSET 0) AS car
    JOIN estate_lane AS lane ON lane.id = car.lane_id
    WHERE lane.lot_id = own.lot_id AND car.id <> own.id
      AND (car.plate = own.plate AND car.seen_at > own.seen_at OR car.lane_id = own.lane_id)
    ORDER BY car.seen_at DESC, car.id DESC LIMIT 20) AS earlier
ORDER BY earlier.seen_at DESC, earlier.id DESC
"""
_LET_THROUGH = [str(state) for state in (*LET_THROUGH, Passage.State.PASSED)]


def reread(context: DecisionContext) -> CheckResult:
    """Recognise a car that is read again at its lane, which has no effect of its own.

    Before it has passed, the barrier opens again. After it has passed, its stay has just begun here
    and the read is only recorded; at an exit it is then a car without an entry. A look-alike text
    is the same car only before the first one has passed, and only without a stay of its own. The
    time runs from the decision to open, however long the car had waited for it.
    """
    passage = context.passage
    earlier = _let_through_before(context)
    if earlier is None:
        return NO_FINDING
    facts = {"passage": earlier.pk}
    passed = earlier.state == Passage.State.PASSED
    if earlier.plate == passage.plate:
        if passed:
            is_inside = passage.direction == "entry" and _has_just_entered(context)
            return CheckResult(Outcome.RECORD, facts) if is_inside else NO_FINDING
        return CheckResult(Outcome.OPEN, facts)
    if passed or selectors.open_stays(context.lot.pk, passage.plate).exists():
        return NO_FINDING
    if passage.reads.filter(source=PlateRead.Source.GUARD).exists():
        return NO_FINDING  # a person saw that it is another car
    decisions.adopt_plate(passage, earlier.plate, passage.plate)
    return CheckResult(Outcome.OPEN, facts)


def _let_through_before(context: DecisionContext) -> Passage | None:
    """Return the last car of that text, or a look-alike, that was let through here just now.

    The same query shows whether a later read of the plate has arrived before this one.
    """
    passage = context.passage
    if not passage.folded:
        return None
    facts = stay_facts(context)
    if facts.cars_read is None:
        _read_cars(context.together)
    cars = facts.cars_read or ()
    earlier = [car for car in cars if car.seen_at <= passage.seen_at]
    facts.is_newest = len(earlier) == len(cars)
    facts.is_read_again = any(_is_same_car(car, passage) for car in earlier)
    return next((car for car in earlier if car.was_let_through), None)  # type: ignore[attr-defined]


def _is_same_car(earlier: Passage, passage: Passage) -> bool:
    """Whether the car was read before, just now, and has not left the lane in between."""
    since = passage.seen_at - timedelta(seconds=passage.lane.reread_seconds)
    is_gone = earlier.ended_at is not None and earlier.ended_at < passage.seen_at
    is_near = earlier.lane_id == passage.lane_id and earlier.seen_at >= since
    return is_near and earlier.plate == passage.plate and not is_gone


def _read_cars(contexts: Sequence[DecisionContext]) -> None:
    """Read, for cars that are decided about together, who was read before and after them."""
    own = [each.passage for each in contexts]
    seconds = [timedelta(seconds=each.lane.reread_seconds) for each in contexts]
    values = {
        "passages": [each.pk for each in own],
        "sites": [each.site_id for each in own],
        "lots": [each.lot.pk for each in contexts],
        "lanes": [each.lane_id for each in own],
        "plates": [each.plate for each in own],
        "folded": [each.folded for each in own],
        "seen_at": [each.seen_at for each in own],
        "opened_since": [each.now - time for each, time in zip(contexts, seconds, strict=True)],
        "longest": MAX_TIME_AT_LANE,
        "states": _LET_THROUGH,
    }
    found: dict[int, list[Passage]] = defaultdict(list)
    for car in Passage.objects.raw(_CARS_READ, values):
        found[car.own_id].append(car)  # type: ignore[attr-defined]
    for each in contexts:
        stay_facts(each).cars_read = found[each.passage.pk]


def _has_just_entered(context: DecisionContext) -> bool:
    """Whether the car's open stay began at this lane within its time for reading again."""
    since = context.passage.seen_at - timedelta(seconds=context.lane.reread_seconds)
    inside = selectors.open_stays(context.lot.pk, context.passage.plate)
    return inside.filter(entry_passage__lane=context.lane, entered_at__gte=since).exists()


def lock(context: DecisionContext) -> CheckResult:
    """Hold a plate that entered moments ago and has not left (anti-passback)."""
    before = stays_before(context)
    seconds = before.rules.lock_seconds
    since = context.at - timedelta(seconds=seconds)
    entered = any(stay.entered_at > since for stay in before.inside)
    return CheckResult(Outcome.HOLD, {"seconds": seconds}) if entered else NO_FINDING


def full(context: DecisionContext) -> CheckResult:
    """Hold a car that would exceed the lot's capacity."""
    # A car on record as inside that comes again takes the place it is counted for already.
    inside = others_inside(context)
    facts = {"inside": inside, "capacity": context.lot.capacity}
    return CheckResult(Outcome.HOLD if inside >= context.lot.capacity else None, facts)


def tariff(context: DecisionContext) -> CheckResult:
    """Open for an unknown car where the lot admits them and has a tariff in force."""
    if not stays_before(context).rules.admits_unknown:
        return CheckResult(Outcome.HOLD, {}, "unknown_car")
    in_force = tariff_in_force(context)
    if in_force is None:
        return CheckResult(Outcome.HOLD, {}, "no_tariff")
    return CheckResult(Outcome.OPEN, {"tariff": str(in_force)})


def open_stay(context: DecisionContext) -> CheckResult:
    """Find the stay that the car ends, and lock it until the decision is stored."""
    inside = next((record for record in context.records if record.kind == "inside"), None)
    if inside is None:
        return NO_FINDING
    lock_timeline(context, inside.plate)
    stay = selectors.open_stay_locked(inside.pk)
    if stay is None:
        return NO_FINDING
    # What is received from here on would be missing in the amount that the decision rests on.
    lock_charge(stay)
    vehicle_classes.refine_class(stay, context.passage)
    stay_facts(context).stay = stay
    return CheckResult(None, {"stay": stay.pk, "entered_at": stay.entered_at.isoformat()})


def covered(context: DecisionContext) -> CheckResult:
    """Open for a car whose permit covers the whole stay."""
    stay = stay_facts(context).stay
    if stay is not None:
        is_covered = amount_due(context, stay).covered
        return CheckResult(Outcome.OPEN, {"stay": stay.pk}) if is_covered else NO_FINDING
    permit = permits.first_permit_in_force(context.records, context.at)
    return CheckResult(Outcome.OPEN, {"entry": permit.pk}) if permit else NO_FINDING


def no_entry(context: DecisionContext) -> CheckResult:
    """Hold a car without an open stay, and list the stays that it may belong to."""
    if stay_facts(context).stay is not None:
        return NO_FINDING
    likely = [
        {"stay": stay.pk, "plate": stay.plate} for stay in plate_search.candidates(context.passage)
    ]
    return CheckResult(Outcome.HOLD, {"candidates": likely})


def due(context: DecisionContext) -> CheckResult:
    """Open for a stay that is free or paid, otherwise ask for payment."""
    stay = stay_facts(context).stay
    if stay is None:
        return NO_FINDING
    owed = amount_due(context, stay)
    facts = {
        "stay": stay.pk,
        "price": owed.price,
        "paid": owed.paid,
        "due": owed.due,
        "currency": owed.currency,
        "tariff": owed.tariff,
    }
    if owed.due:
        return CheckResult(Outcome.PAY, facts)
    return CheckResult(Outcome.OPEN, facts, "paid" if owed.paid else "free")


def register_checks() -> None:
    """Register this app's checks, and the cars inside as a source of plate records."""
    for check in (reread, lock, full, tariff, open_stay, covered, no_entry, due):
        checks.register(check.__name__, check)
    checks.add_record_source(selectors.cars_inside)
