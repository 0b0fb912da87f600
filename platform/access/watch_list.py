"""The watch-list check: raise incidents for watch-listed plates at a lane."""

from dataclasses import dataclass

from access.context import NO_FINDING, CheckResult, DecisionContext
from access.incident_kinds import PLATE_WATCHLIST
from access.models import Decision, Passage
from incidents import selectors, services
from incidents.models import Incident, WatchEntry
from incidents.severities import Certainty


@dataclass
class _Watched:
    """The entries in force for the car's plate; None until they are read."""

    entries: list[WatchEntry] | None = None


def watch_list(context: DecisionContext) -> CheckResult:
    """Raise an incident for a watch-listed plate; hold the car only if the lot is set to do so."""
    passage = context.passage
    entries = _entries(context)
    if not entries:
        return NO_FINDING
    if not context.re_evaluated:
        _raise_incidents(context, entries)
    hold = context.lot.hold_watched and passage.direction == "entry"
    outcome = Decision.Outcome.HOLD if hold else None
    return CheckResult(outcome, {"entries": [entry.pk for entry in entries]})


def _entries(context: DecisionContext) -> list[WatchEntry]:
    """Return the entries for the car's plate, read once for all cars that are decided together."""
    own = context.part(_Watched)
    if own.entries is None:
        plates = [(each.passage.site_id, each.passage.folded) for each in context.together]
        found = selectors.entries_by_plate(plates, context.now)
        for each, plate in zip(context.together, plates, strict=True):
            each.part(_Watched).entries = found.get(plate, [])
    return own.entries or []


def _raise_incidents(context: DecisionContext, entries: list[WatchEntry]) -> None:
    passage = context.passage
    Passage.objects.filter(pk=passage.pk).update(evidence=True)
    detail = {
        "passage": passage.pk,
        "lane": context.lane.name,
        "lane_id": context.lane.pk,
        "plate": passage.plate,
        "percent": round(passage.confidence * 100),
    }
    for entry in entries:
        exact = entry.plate == passage.plate
        services.raise_incident(
            passage.site_id,
            PLATE_WATCHLIST,
            f"watch:{entry.pk}",
            Incident.Severity.SEVERE,
            context.at,
            detail | {"lookalike": not exact},
            entry,
            # The plate itself is likely the car's; a look-alike may belong to another one.
            certainty=Certainty.LIKELY if exact else Certainty.POSSIBLE,
        )
