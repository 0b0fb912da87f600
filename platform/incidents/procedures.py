"""Read procedures: the steps of a kind at a site, and which of them were done for an incident."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from incidents.models import Incident, ProcedureStep, StepTick


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an incident's procedure, and its tick if it was done."""

    step: ProcedureStep
    tick: StepTick | None


def procedure(site_id: int, kind: str) -> QuerySet[ProcedureStep]:
    """Return the steps of a kind at a site as they are now, in their order."""
    return ProcedureStep.objects.filter(site=site_id, kind=kind, ended_at=None)


def steps_of(incident: Incident) -> list[Step]:
    """Return the steps of an incident: today's while it is active, else those of its end.

    Steps that were done are always among them, also if the procedure has changed since.
    """
    ticks = {each.step_id: each for each in incident.ticks.select_related("actor")}
    if incident.ended_at is None:
        current = Q(ended_at=None)
    else:
        current = Q(created_at__lte=incident.ended_at)
        current &= Q(ended_at=None) | Q(ended_at__gt=incident.ended_at)
    rows = ProcedureStep.objects.filter(site=incident.site_id, kind=incident.kind)
    return [Step(each, ticks.get(each.pk)) for each in rows.filter(current | Q(pk__in=ticks))]
