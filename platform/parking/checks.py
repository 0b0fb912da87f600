"""The checks that need parking, or both access and incidents, in the order of checks."""

from datetime import timedelta

from access import checks, permits
from access.context import NOTHING, CheckResult, DecisionContext
from access.models import Decision, Passage
from incidents import selectors as incidents_selectors
from incidents import services as incidents_services
from incidents.models import Incident, WatchEntry
from parking import selectors
from parking.models import Stay

Outcome = Decision.Outcome


def watch_list(context: DecisionContext) -> CheckResult:
    """Raise an incident for a watch-listed plate; hold the car only where the lot says so."""
    passage = context.passage
    entries = incidents_selectors.entries_in_force(passage.site_id, passage.plate, context.now)
    if not entries:
        return NOTHING
    if not context.again:
        _raise_incidents(context, entries)
    held = context.lot.hold_watched and passage.direction == "entry"
    return CheckResult(Outcome.HOLD if held else None, {"entries": [entry.pk for entry in entries]})


def _raise_incidents(context: DecisionContext, entries: list[WatchEntry]) -> None:
    passage = context.passage
    Passage.objects.filter(pk=passage.pk).update(evidence=True)
    detail = {
        "passage": passage.pk,
        "lane": context.lane.name,
        "plate": passage.plate,
        "percent": round(passage.confidence * 100),
    }
    for entry in entries:
        incidents_services.raise_incident(
            passage.site_id,
            Incident.Kind.PLATE_WATCHLIST,
            f"watch:{entry.pk}",
            Incident.Severity.SEVERE,
            context.at,
            detail,
            entry,
        )


def lock(context: DecisionContext) -> CheckResult:
    """Hold a plate that entered moments ago and has not left: one in, one out."""
    seconds = _before(context).rules.lock_seconds
    since = context.at - timedelta(seconds=seconds)
    entered = any(stay.entered_at > since for stay in _before(context).inside)
    return CheckResult(Outcome.HOLD, {"seconds": seconds}) if entered else NOTHING


def full(context: DecisionContext) -> CheckResult:
    """Hold a car that would be one too many for the lot."""
    inside = Stay.objects.filter(lot=context.lot, status=Stay.Status.OPEN).count()
    facts = {"inside": inside, "capacity": context.lot.capacity}
    return CheckResult(Outcome.HOLD if inside >= context.lot.capacity else None, facts)


def tariff(context: DecisionContext) -> CheckResult:
    """Open for an unknown car where the lot admits them and has a tariff to price its stay by."""
    if not _before(context).rules.admits_unknown:
        return CheckResult(Outcome.HOLD, {}, "unknown_car")
    found = selectors.tariff_at(context.lot.pk, context.at)
    context.memo["tariff"] = found
    if found is None:
        return CheckResult(Outcome.HOLD, {}, "no_tariff")
    return CheckResult(Outcome.OPEN, {"tariff": str(found)})


def open_stay(context: DecisionContext) -> CheckResult:
    """Find the stay that the car at the exit ends, and let nobody change it meanwhile."""
    inside = next((k for k in context.known if k.kind == "inside"), None)
    stay = selectors.open_stay_locked(inside.pk) if inside else None
    if stay is None:
        return NOTHING
    context.memo["stay"] = stay
    return CheckResult(None, {"stay": stay.pk, "entered_at": stay.entered_at.isoformat()})


def covered(context: DecisionContext) -> CheckResult:
    """Open for a car that owes nothing because its leave covers the stay."""
    stay: Stay | None = context.memo.get("stay")
    if stay is not None:
        due = context.memo["due"] = selectors.due_now(stay, context.at, context.known)
        return CheckResult(Outcome.OPEN, {"stay": stay.pk}) if due.covered else NOTHING
    known = permits.first_in_force(context.known, context.at)
    return CheckResult(Outcome.OPEN, {"entry": known.pk}) if known else NOTHING


def no_entry(context: DecisionContext) -> CheckResult:
    """Leave a car that nobody saw come in to the guard, with the stays it may belong to."""
    if "stay" in context.memo:
        return NOTHING
    likely = [
        {"stay": stay.pk, "plate": stay.plate} for stay in selectors.candidates(context.passage)
    ]
    return CheckResult(Outcome.HOLD, {"candidates": likely})


def due(context: DecisionContext) -> CheckResult:
    """Open for a stay that is free or paid, else show what is due."""
    owed = context.memo["due"]
    facts = {
        "stay": context.memo["stay"].pk,
        "price": owed.price,
        "paid": owed.paid,
        "due": owed.due,
        "currency": owed.currency,
        "tariff": owed.tariff,
    }
    if owed.due:
        return CheckResult(Outcome.PAY, facts)
    return CheckResult(Outcome.OPEN, facts, "paid" if owed.paid else "free")


def wire() -> None:
    """Put the checks of this app in their places, and tell access of the cars inside."""
    for check in (watch_list, lock, full, tariff, open_stay, covered, no_entry, due):
        checks.provide(check.__name__, check)
    checks.provide_known(selectors.cars_inside)


def _before(context: DecisionContext) -> selectors.Before:
    if "before" not in context.memo:
        context.memo["before"] = selectors.before_entry(context.passage)
    before: selectors.Before = context.memo["before"]
    return before
