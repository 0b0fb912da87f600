"""Escalate an incident by hand: the next step of its plan is done now.

An escalation that runs goes on from there, and one that has run out begins again. One that an
acknowledgement or a review has stopped stays so after the step, since a person looks after the
incident; another step is another decision.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.models import User
from incidents import timeline
from incidents.escalation import plans, running
from incidents.escalation.advancing import Advance, Reached
from incidents.escalation.labels import BY_PERSON
from incidents.escalation.plans import Place
from incidents.escalation.policies import choose
from incidents.models import EscalationRun, Incident
from incidents.services.changes import locked_active, record_change


@dataclass(frozen=True)
class NextStep:
    """What escalating an incident does now.

    Attributes:
        key: identifies the step; it differs once that was done.
        reached: whom it notifies; empty where there is no one.
    """

    key: str
    reached: list[Reached]


def next_step(incident: Incident, actor: User) -> NextStep:
    """Return what `escalate_now` would do."""
    run = _run_of(incident)
    return NextStep(_key_of(run), Advance(run, incident, clock.now(), actor).preview())


@transaction.atomic
def escalate_now(incident: Incident, actor: User, step: str) -> Incident:
    """Notify the people of the next step at once, past their quiet hours.

    Args:
        step: the key of the step that the person has seen.

    Raises:
        Rejection: the incident has ended, that step was done meanwhile, or it reaches no one.
    """
    incident = locked_active(incident)
    run, now = _run_of(incident), clock.now()
    if (current := _key_of(run)) != step:
        raise Rejection(
            "revision",
            "step_done",
            _("this step was done meanwhile"),
            _("check who is notified next, and confirm again"),
            params={"revision": current},
        )
    if not Advance(run, incident, now, actor).preview():
        raise Rejection(
            "incident",
            "no_one_to_notify",
            _("there is no one to notify"),
            _("add people to the rota"),
        )
    if incident.announced_at is None:
        # Whoever is notified now is notified of its end.
        incident.announced_at = now
        incident.save(update_fields=["announced_at"])
    run.save()
    timeline.record(incident, BY_PERSON, actor)
    Advance(run, incident, now, actor).do()
    record_change(incident, actor, "escalate incident", step=step)
    running.queue_due_steps()
    return incident


def _run_of(incident: Incident) -> EscalationRun:
    """Return the escalation whose next step is done, at a place that has a step.

    It is the latest one; a new one, not stored yet, for an incident that was never escalated, such
    as a muted one, and for one whose steps are all done without anyone looking after it.
    """
    runs = EscalationRun.objects.filter(incident=incident)
    run = runs.order_by("-began_at", "-pk").first()
    if run is None or (run.end == EscalationRun.End.DONE and not _is_looked_after(incident)):
        return _new_run(incident)
    if run.ended_at is not None:
        _resume(run, incident)
    return run


def _is_looked_after(incident: Incident) -> bool:
    return incident.acked_by_id is not None or incident.reviewed_by_id is not None


def _new_run(incident: Incident) -> EscalationRun:
    chosen, now = choose(incident), clock.now()
    run = EscalationRun(
        incident=incident,
        policy_name=chosen.policy,
        plan=plans.to_json(chosen.plan),
        began_at=now,
        next_step_at=now,
    )
    if _is_looked_after(incident):
        run.next_step_at, run.ended_at, run.end = None, now, EscalationRun.End.ACKNOWLEDGED
    return run


def _resume(run: EscalationRun, incident: Incident) -> None:
    """Set an ended escalation to its next step, by the plan that applies now."""
    plan, place = choose(incident).plan, Place(run.position, run.repetition)
    if run.end == EscalationRun.End.DONE:
        place = plans.following(plan, place) or Place(0, place.repetition + 1)
        run.end = EscalationRun.End.ACKNOWLEDGED
    if place.position >= len(plan.steps):
        place = Place(0, place.repetition + 1)
    run.plan = plans.to_json(plan)
    run.position, run.repetition = place.position, place.repetition


def _key_of(run: EscalationRun) -> str:
    return f"{run.repetition}-{run.position}"
