"""Collect evidence after an incident was raised; raising never waits for it."""

from datetime import timedelta

from django.db import transaction

from core import clock, jobs
from incidents import timeline
from incidents.events import IncidentMerged, IncidentRaised
from incidents.evidence import pictures
from incidents.evidence.pieces import pieces_of
from incidents.evidence.registry import providers
from incidents.evidence.storing import COLLECTED, store
from incidents.models import Evidence, Incident, Occurrence

# Of one incident, so that a detector that fires all night fills no disk.
MOST_OCCURRENCES = 5
# What happened after the moment is collected then; the last minutes of it arrive by then.
AGAIN_AFTER = timedelta(minutes=16)


def queue_collection(event: IncidentRaised) -> None:
    """Queue the collection for an occurrence, in the transaction that raised it.

    Those beyond the bound have none, and would only wait for each other's entry in the queue.
    """
    if event.occurrences <= MOST_OCCURRENCES:
        _queue(event.incident_id)


def queue_merged(event: IncidentMerged) -> None:
    """Queue the collection for the occurrences that a merge brought and that still wait for it."""
    _queue(event.survivor_id)


def _queue(incident_id: int) -> None:
    jobs.enqueue(collect, incident_id, key=f"evidence {incident_id}")


@jobs.job(queue=jobs.BULK)
def collect(incident_id: int) -> None:
    """Collect the evidence of an incident's occurrences that have none, up to the bound."""
    incident = Incident.objects.select_related("site").filter(pk=incident_id).first()
    if incident is None:
        return
    for occurrence in _claim(incident):
        pictures.plan(occurrence)
        collect_of(occurrence)
        jobs.enqueue(collect_again, occurrence.pk, after=AGAIN_AFTER)


@jobs.job(queue=jobs.BULK)
def collect_again(occurrence_id: int) -> None:
    """Collect what came after the moment of an occurrence."""
    rows = Occurrence.objects.select_related("incident__site")
    occurrence = rows.filter(pk=occurrence_id).first()
    if occurrence is not None:
        collect_of(occurrence)


def collect_of(occurrence: Occurrence) -> int:
    """Store what all providers have of an occurrence by now; return how many pieces are new."""
    incident = occurrence.incident
    number = 0
    for provider in providers():
        number += store(incident, provider.code, list(provider.collect(occurrence)))
    if number:
        timeline.record(incident, COLLECTED, number=number)
    return number


@transaction.atomic
def _claim(incident: Incident) -> list[Occurrence]:
    """Mark the next occurrences as collected and return them, oldest first."""
    Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    own = Occurrence.objects.filter(incident=incident)
    left = MOST_OCCURRENCES - own.exclude(collected_at=None).count()
    found = list(own.filter(collected_at=None).order_by("pk")[: max(left, 0)])
    Occurrence.objects.filter(pk__in=[each.pk for each in found]).update(collected_at=clock.now())
    for each in found:
        each.incident = incident
    return found


def evidence_of(incident: Incident) -> list[Evidence]:
    """Return an incident's evidence that is not erased, also of those merged into it, by time."""
    rows = pieces_of(incident).filter(erased=False)
    return list(rows.select_related("camera").order_by("taken_at", "pk"))


def latest_pictures(incident: Incident) -> list[Evidence]:
    """Return the pictures of the latest occurrence that has some, oldest first."""
    rows = pieces_of(incident).filter(provider=pictures.PROVIDER, erased=False)
    last = rows.order_by("-taken_at", "-pk").first()
    if last is None:
        return []
    occurrence = last.key.partition(" ")[0]
    return list(rows.filter(key__startswith=f"{occurrence} ").order_by("taken_at", "pk"))
