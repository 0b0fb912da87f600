"""The watch-list check: raise incidents for watch-listed plates at a lane."""

from access.context import NO_FINDING, CheckResult, DecisionContext
from access.models import Decision, Passage
from incidents import selectors, services
from incidents.models import Incident, WatchEntry


def watch_list(context: DecisionContext) -> CheckResult:
    """Raise an incident for a watch-listed plate; hold the car only if the lot is set to do so."""
    passage = context.passage
    entries = selectors.entries_in_force(passage.site_id, passage.plate, context.now)
    if not entries:
        return NO_FINDING
    if not context.re_evaluated:
        _raise_incidents(context, entries)
    hold = context.lot.hold_watched and passage.direction == "entry"
    outcome = Decision.Outcome.HOLD if hold else None
    return CheckResult(outcome, {"entries": [entry.pk for entry in entries]})


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
        services.raise_incident(
            passage.site_id,
            Incident.Kind.PLATE_WATCHLIST,
            f"watch:{entry.pk}",
            Incident.Severity.SEVERE,
            context.at,
            detail,
            entry,
        )
