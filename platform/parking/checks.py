"""The checks that need parking, or both access and incidents, in the order of checks."""

from datetime import timedelta

from access import checks, leave
from access.models import Decision, Passage
from access.sight import NOTHING, Finding, Sight
from incidents import selectors as incidents_selectors
from incidents import services as incidents_services
from incidents.models import Incident, WatchEntry
from parking import selectors
from parking.models import Stay

Outcome = Decision.Outcome


def watch_list(sight: Sight) -> Finding:
    """Raise an incident for a watch-listed plate; hold the car only where the lot says so."""
    passage = sight.passage
    entries = incidents_selectors.entries_in_force(passage.site_id, passage.plate, sight.now)
    if not entries:
        return NOTHING
    if not sight.again:
        _raise_incidents(sight, entries)
    held = sight.lot.hold_watched and passage.direction == "entry"
    return Finding(Outcome.HOLD if held else None, {"entries": [entry.pk for entry in entries]})


def _raise_incidents(sight: Sight, entries: list[WatchEntry]) -> None:
    passage = sight.passage
    Passage.objects.filter(pk=passage.pk).update(evidence=True)
    detail = {
        "passage": passage.pk,
        "lane": sight.lane.name,
        "plate": passage.plate,
        "percent": round(passage.confidence * 100),
    }
    for entry in entries:
        incidents_services.raise_incident(
            passage.site_id,
            Incident.Kind.PLATE_WATCHLIST,
            f"watch:{entry.pk}",
            Incident.Severity.SEVERE,
            sight.at,
            detail,
            entry,
        )


def lock(sight: Sight) -> Finding:
    """Hold a plate that entered moments ago and has not left: one in, one out."""
    seconds = _before(sight).rules.lock_seconds
    since = sight.at - timedelta(seconds=seconds)
    entered = any(stay.entered_at > since for stay in _before(sight).inside)
    return Finding(Outcome.HOLD, {"seconds": seconds}) if entered else NOTHING


def full(sight: Sight) -> Finding:
    """Hold a car that would be one too many for the lot."""
    inside = Stay.objects.filter(lot=sight.lot, status=Stay.Status.OPEN).count()
    facts = {"inside": inside, "capacity": sight.lot.capacity}
    return Finding(Outcome.HOLD if inside >= sight.lot.capacity else None, facts)


def tariff(sight: Sight) -> Finding:
    """Open for an unknown car where the lot admits them and has a tariff to price its stay by."""
    if not _before(sight).rules.admits_unknown:
        return Finding(Outcome.HOLD, {}, "unknown_car")
    found = selectors.tariff_at(sight.lot.pk, sight.at)
    sight.memo["tariff"] = found
    if found is None:
        return Finding(Outcome.HOLD, {}, "no_tariff")
    return Finding(Outcome.OPEN, {"tariff": str(found)})


def open_stay(sight: Sight) -> Finding:
    """Find the stay that the car at the exit ends, and let nobody change it meanwhile."""
    inside = next((k for k in sight.known if k.kind == "inside"), None)
    stay = selectors.open_stay_locked(inside.pk) if inside else None
    if stay is None:
        return NOTHING
    sight.memo["stay"] = stay
    return Finding(None, {"stay": stay.pk, "entered_at": stay.entered_at.isoformat()})


def covered(sight: Sight) -> Finding:
    """Open for a car that owes nothing because its leave covers the stay."""
    stay: Stay | None = sight.memo.get("stay")
    if stay is not None:
        due = sight.memo["due"] = selectors.due_now(stay, sight.at, sight.known)
        return Finding(Outcome.OPEN, {"stay": stay.pk}) if due.covered else NOTHING
    known = leave.first_in_force(sight.known, sight.at)
    return Finding(Outcome.OPEN, {"entry": known.pk}) if known else NOTHING


def no_entry(sight: Sight) -> Finding:
    """Leave a car that nobody saw come in to the guard, with the stays it may belong to."""
    if "stay" in sight.memo:
        return NOTHING
    likely = [
        {"stay": stay.pk, "plate": stay.plate} for stay in selectors.candidates(sight.passage)
    ]
    return Finding(Outcome.HOLD, {"candidates": likely})


def due(sight: Sight) -> Finding:
    """Open for a stay that is free or paid, else show what is due."""
    owed = sight.memo["due"]
    facts = {
        "stay": sight.memo["stay"].pk,
        "price": owed.price,
        "paid": owed.paid,
        "due": owed.due,
        "currency": owed.currency,
        "tariff": owed.tariff,
    }
    if owed.due:
        return Finding(Outcome.PAY, facts)
    return Finding(Outcome.OPEN, facts, "paid" if owed.paid else "free")


def wire() -> None:
    """Put the checks of this app in their places, and tell access of the cars inside."""
    for check in (watch_list, lock, full, tariff, open_stay, covered, no_entry, due):
        checks.provide(check.__name__, check)
    checks.provide_known(selectors.cars_inside)


def _before(sight: Sight) -> selectors.Before:
    if "before" not in sight.memo:
        sight.memo["before"] = selectors.before_entry(sight.passage)
    before: selectors.Before = sight.memo["before"]
    return before
