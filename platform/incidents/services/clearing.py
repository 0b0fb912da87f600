"""Mark the causes of incidents as gone."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy

from core.events import publish
from incidents import timeline
from incidents.events import IncidentCleared
from incidents.models import Incident
from incidents.services.changes import announce, end, refresh_later

CAUSE_CLEARED = timeline.declare("cause_cleared", gettext_lazy("The cause is gone"))
CLOSED_ITSELF = timeline.declare("closed_itself", gettext_lazy("Closed by itself"))


def clear(site_id: int, kind: str, source: str) -> None:
    """Mark an incident's cause as gone; an incident that needs no review is closed.

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
    for each in found:
        survivor = locked[_counts_under(each)]
        if survivor is not None:
            _clear_source(each, survivor)


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


def _clear_source(found: Incident, survivor: Incident) -> None:
    if found.pk == survivor.pk:
        survivor.source_cleared = True
    else:
        Incident.objects.filter(pk=found.pk).update(source_cleared=True)
    newly = refresh_cleared(survivor)
    survivor.save(update_fields=["cleared", "source_cleared"])
    if newly:
        timeline.record(survivor, CAUSE_CLEARED)
        announced = survivor.announced_at is not None
        publish(IncidentCleared(survivor.pk, survivor.site_id, announced=announced))
        if Incident.objects.filter(inhibited_by=survivor).exists():
            refresh_later(survivor.site_id)
    if survivor.cleared and survivor.closes_itself and survivor.is_active:
        timeline.record(survivor, CLOSED_ITSELF)
        end(survivor, Incident.State.CLOSED)
    announce(survivor)
