"""The checks that need stays, tariffs or lot rules; their order is in `access.checks`."""

from datetime import timedelta

from access import checks, permits
from access.context import NO_FINDING, CheckResult, DecisionContext
from access.models import Decision
from parking import plate_search, selectors, vehicle_classes
from parking.charges import lock_charge
from parking.context import amount_due, stay_facts, stays_before
from parking.models import Stay

Outcome = Decision.Outcome


def lock(context: DecisionContext) -> CheckResult:
    """Hold a plate that entered moments ago and has not left (anti-passback)."""
    before = stays_before(context)
    seconds = before.rules.lock_seconds
    since = context.at - timedelta(seconds=seconds)
    entered = any(stay.entered_at > since for stay in before.inside)
    return CheckResult(Outcome.HOLD, {"seconds": seconds}) if entered else NO_FINDING


def full(context: DecisionContext) -> CheckResult:
    """Hold a car that would exceed the lot's capacity."""
    inside = Stay.objects.filter(lot=context.lot, status=Stay.Status.OPEN).count()
    facts = {"inside": inside, "capacity": context.lot.capacity}
    return CheckResult(Outcome.HOLD if inside >= context.lot.capacity else None, facts)


def tariff(context: DecisionContext) -> CheckResult:
    """Open for an unknown car where the lot admits them and has a tariff in force."""
    if not stays_before(context).rules.admits_unknown:
        return CheckResult(Outcome.HOLD, {}, "unknown_car")
    in_force = stay_facts(context).tariff = selectors.tariff_at(context.lot.pk, context.at)
    if in_force is None:
        return CheckResult(Outcome.HOLD, {}, "no_tariff")
    return CheckResult(Outcome.OPEN, {"tariff": str(in_force)})


def open_stay(context: DecisionContext) -> CheckResult:
    """Find the stay that the car ends, and lock it until the decision is stored."""
    inside = next((record for record in context.records if record.kind == "inside"), None)
    stay = selectors.open_stay_locked(inside.pk) if inside else None
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
    for check in (lock, full, tariff, open_stay, covered, no_entry, due):
        checks.register(check.__name__, check)
    checks.add_record_source(selectors.cars_inside)
