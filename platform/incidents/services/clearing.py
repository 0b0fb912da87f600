"""Mark the causes of incidents as gone."""

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy

from core.events import publish_together
from incidents import timeline
from incidents.events import IncidentCleared
from incidents.models import Incident
from incidents.services.changes import announce, end_all, refresh_hidden

CAUSE_CLEARED = timeline.declare("cause_cleared", gettext_lazy("The cause is gone"))
CLOSED_ITSELF = timeline.declare("closed_itself", gettext_lazy("Closed by itself"))


def clear(site_id: int, kind: str, source: str) -> None:
    """Mark an incident's cause as gone; one that needs no review is closed.

    A person who has confirmed an incident closes it: it may be more than what its cause shows.
    The cause of an incident that others were merged into is gone once all of theirs are, too.
    """
    clear_all(kind, [(site_id, source)])


@transaction.atomic(savepoint=False)
def clear_all(kind: str, causes: Collection[tuple[int, str]]) -> None:
    """Do as `clear` for the causes of several incidents, by site and source."""
    wanted = set(causes)
    if not wanted:
        return
    locked: dict[int, Incident | None] = {}
    found = _current(kind, wanted)
    # Whatever they count under is locked, in one order, before anything is changed. A merge that
    # commits meanwhile leaves another incident to lock.
    while missing := {_counts_under(each) for each in found} - locked.keys():
        locked |= dict.fromkeys(missing) | _locked(missing)
        found = _current(kind, wanted)
    pairs = [(each, locked[_counts_under(each)]) for each in found]
    _clear([(each, survivor) for each, survivor in pairs if survivor is not None])


def refresh_cleared(survivor: Incident) -> bool:
    """Set whether the causes of a locked incident and of those merged into it are gone.

    Returns:
        Whether they are, and were not before.
    """
    was = survivor.cleared
    waiting = Incident.objects.filter(merged_into=survivor, source_cleared=False)
    survivor.cleared = survivor.source_cleared and not waiting.exists()
    return survivor.cleared and not was


def _current(kind: str, causes: Collection[tuple[int, str]]) -> list[Incident]:
    """Return the incidents of the causes that are active or were merged into others."""
    sites, sources = {each[0] for each in causes}, {each[1] for each in causes}
    rows = Incident.objects.filter(site__in=sites, kind=kind, source__in=sources)
    rows = rows.filter(~Q(state__in=Incident.ENDED) | Q(merged_into__isnull=False))
    return [each for each in rows.order_by("pk") if (each.site_id, each.source) in causes]


def _counts_under(incident: Incident) -> int:
    return incident.merged_into_id or incident.pk


def _locked(keys: Iterable[int]) -> dict[int, Incident]:
    rows = Incident.objects.select_for_update(of=("self",)).exclude(state__in=Incident.ENDED)
    found = rows.filter(pk__in=set(keys)).select_related("rule").order_by("pk")
    return {each.pk: each for each in found}


def _clear(pairs: Sequence[tuple[Incident, Incident]]) -> None:
    """Clear the sources of incidents, each with the locked one under which it counts."""
    if not pairs:
        return
    survivors = {survivor.pk: survivor for _found, survivor in pairs}
    were_cleared = {each.pk for each in survivors.values() if each.cleared}
    merged = [found.pk for found, survivor in pairs if found.pk != survivor.pk]
    if merged:
        Incident.objects.filter(pk__in=merged).update(source_cleared=True)
    for found, survivor in pairs:
        survivor.source_cleared = survivor.source_cleared or found.pk == survivor.pk
    rows = Incident.objects.filter(merged_into__in=survivors, source_cleared=False)
    waiting = set(rows.values_list("merged_into", flat=True))
    for each in survivors.values():
        each.cleared = each.source_cleared and each.pk not in waiting
    Incident.objects.bulk_update(survivors.values(), ["cleared", "source_cleared"])
    cleared = [each for each in survivors.values() if each.cleared and each.pk not in were_cleared]
    timeline.record_all(cleared, CAUSE_CLEARED)
    if cleared:
        publish_together([IncidentCleared(*_key(each)) for each in cleared])
    closing = [each for each in survivors.values() if _closes(each)]
    timeline.record_all(closing, CLOSED_ITSELF)
    end_all(closing, Incident.State.CLOSED)
    refresh_hidden([*cleared, *closing])
    for each in survivors.values():
        announce(each)


def _closes(incident: Incident) -> bool:
    is_over = incident.cleared and incident.state not in Incident.CONFIRMED
    return is_over and incident.closes_itself


def _key(incident: Incident) -> tuple[int, int, bool]:
    return incident.pk, incident.site_id, incident.announced_at is not None
