"""Escalations: begun with their incidents, done step by step, ended by an acknowledgement.

A job does the steps that are due and queues itself for the next one. An incident is locked before
its escalation, as by those who acknowledge it; what another process holds is left to it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from core import clock, jobs, live
from core.models import User
from incidents import kinds, timeline, topics
from incidents.escalation import plans, responders
from incidents.escalation.labels import ESCALATED, NO_ONE
from incidents.escalation.notices import notify_of
from incidents.escalation.plans import Place, Plan, Step
from incidents.escalation.policies import choose
from incidents.models import EscalationNotice, EscalationRun, Incident
from incidents.models.escalation import Target
from incidents.permissions import IncidentPermission

KEY = "incidents.escalation"
AT_ONCE = 200
_RETRY = timedelta(seconds=1)


@transaction.atomic
def begin(incident: Incident) -> None:
    """Begin to escalate an incident; one that runs goes on.

    An incident that a person looks after already is notified in the steps without a wait alone.
    """
    chosen = choose(incident)
    plan = chosen.plan if incident.acked_by_id is None else plans.at_once(chosen.plan)
    if not plan.steps:
        return
    now = clock.now()
    run = EscalationRun(
        incident=incident,
        policy_name=chosen.policy,
        plan=plans.to_json(plan),
        began_at=now,
        next_step_at=plans.due_at(plan, Place(), now, incident.site.timezone),
    )
    EscalationRun.objects.bulk_create([run], ignore_conflicts=True)
    jobs.enqueue(do_due_steps, key=KEY, queue=jobs.FAST)


@transaction.atomic
def begin_again(incident: Incident) -> None:
    """Begin anew with the plan of a severity that has risen."""
    end(incident.pk, EscalationRun.End.ROSE)
    begin(incident)


def end(incident_id: int, why: str) -> None:
    """End the escalation of an incident, if it runs."""
    end_all([incident_id], why)


def end_all(incident_ids: Collection[int], why: str) -> None:
    """End the escalations of incidents, those that run."""
    running = EscalationRun.objects.filter(incident__in=incident_ids, ended_at=None)
    running.update(next_step_at=None, ended_at=clock.now(), end=why)


@jobs.job(queue=jobs.FAST)
def do_due_steps() -> int:
    """Do the steps that are due, a job; return how many escalations had one.

    A step that was due while no process ran is done late, once; the next one waits from then.
    """
    now = clock.now()
    due = EscalationRun.objects.filter(next_step_at__lte=now).order_by("next_step_at", "pk")
    count = sum(advance(pk, now) for pk in list(due.values_list("incident", flat=True)[:AT_ONCE]))
    first = EscalationRun.objects.aggregate(first=Min("next_step_at"))["first"]
    if first is not None:
        # What is due still, another process holds.
        jobs.enqueue(do_due_steps, key=KEY, queue=jobs.FAST, after=max(first - now, _RETRY))
    return count


@transaction.atomic
def advance(incident_id: int, now: datetime) -> bool:
    """Do the steps of an incident that are due; return whether there were any."""
    rows = Incident.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    incident = rows.select_related("site", "rule").filter(pk=incident_id).first()
    runs = EscalationRun.objects.select_for_update().filter(incident=incident_id)
    run = runs.filter(next_step_at__lte=now).first() if incident else None
    if incident is None or run is None:
        return False
    _Advance(run, incident, now).do()
    return True


class _Advance:
    """The steps of one escalation that are due at one instant."""

    def __init__(self, run: EscalationRun, incident: Incident, now: datetime) -> None:
        self._run, self._incident, self._now = run, incident, now
        self._plan: Plan = plans.from_json(run.plan)
        self._place = Place(run.position, run.repetition)
        self._notified: set[int] = set()  # at this instant

    def do(self) -> None:
        """Do the steps, and store where the escalation is now."""
        due: datetime | None = self._now
        while due is not None and due <= self._now:
            found = self._notify(self._plan.steps[self._place.position])
            due = self._move_on(found)
        self._run.position, self._run.repetition = self._place.position, self._place.repetition
        self._run.next_step_at = due
        if due is None:
            self._run.ended_at, self._run.end = self._now, EscalationRun.End.DONE
        self._run.save()
        live.announce(topics.INCIDENT, self._incident.site_id, self._incident.pk)

    def _move_on(self, found: bool) -> datetime | None:
        """Go to the next step and return when it is due: at once where no one was found."""
        following = plans.following(self._plan, self._place)
        if following is None:
            self._notify_managers()
            return None
        same = following.repetition == self._place.repetition
        self._place = following
        if same and not found and not self._plan.by_day:
            return self._now
        return plans.due_at(self._plan, following, self._now, self._incident.site.timezone)

    def _notify(self, step: Step) -> bool:
        """Notify the people of a step; return whether there are any."""
        people = self._people(step)
        new = [user for user in people if user.pk not in self._notified]
        if new:
            self._send(new, step.target, step.role)
        elif not people:
            number = self._place.position + 1
            timeline.record(self._incident, NO_ONE, target=step.target, role=step.role, step=number)
        return bool(people)

    def _send(self, people: list[User], target: str, role: str) -> None:
        again = self._run.notices.exists()
        self._notified |= {user.pk for user in people}
        channels = notify_of(self._incident, people, urgent=self._plan.urgent, again=again)
        EscalationNotice.objects.bulk_create(
            EscalationNotice(
                run=self._run,
                user=user,
                target=target,
                repetition=self._place.repetition,
                at=self._now,
            )
            for user in people
        )
        timeline.record(
            self._incident,
            ESCALATED,
            step=self._place.position + 1,
            repetition=self._place.repetition,
            target=target,
            role=role,
            users=[user.pk for user in people],
            channels=channels,
        )

    def _people(self, step: Step) -> list[User]:
        site = self._incident.site
        if step.target == Target.ON_DUTY:
            return responders.on_duty(site)
        if step.target == Target.ON_CALL:
            return responders.on_call(site, self._now)[:1]
        if step.target == Target.NEXT_ON_CALL:
            return self._next_on_call()
        if step.target == Target.ROLE:
            return responders.holders_of(site, step.role, self._permission())
        return responders.among_responders(site, step.users)

    def _permission(self) -> str:
        """Return what people need to see the incident: technicians see those of devices."""
        if kinds.get(self._incident.kind).of_devices:
            return IncidentPermission.VIEW_DEVICE_INCIDENTS
        return IncidentPermission.VIEW_INCIDENTS

    def _next_on_call(self) -> list[User]:
        """Return the next person on call who was not notified in this repetition."""
        before = self._run.notices.filter(repetition=self._place.repetition)
        known = set(before.values_list("user", flat=True))
        order = responders.in_calling_order(self._incident.site, self._now)
        return [user for user in order if user.pk not in known][:1]

    def _notify_managers(self) -> None:
        """Notify the managers at the end of an escalation that has found no one."""
        if not self._run.notices.exists() and (found := responders.managers(self._incident.site)):
            self._send(found, Target.ROLE, "manager")


@jobs.every(minutes=1, queue=jobs.FAST)
def resume_escalations() -> None:
    """Queue the steps that are due, in case the job that should have done them was lost."""
    if EscalationRun.objects.filter(next_step_at__lte=clock.now()).exists():
        jobs.enqueue(do_due_steps, key=KEY, queue=jobs.FAST)
