"""Escalations: begun with their incidents, done step by step, ended by an acknowledgement.

A job does the steps that are due and queues itself for the next one. An incident is locked before
its escalation, as by those who acknowledge it; what another process holds is left to it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from core import clock, jobs
from incidents import muting, timeline
from incidents.escalation import plans
from incidents.escalation.advancing import Advance
from incidents.escalation.labels import CAME_BACK
from incidents.escalation.notices import notify_of, people_notified
from incidents.escalation.plans import Place
from incidents.escalation.policies import choose, is_urgent
from incidents.models import EscalationRun, Incident
from incidents.severities import Severity

KEY = "incidents.escalation"
AT_ONCE = 200
_RETRY = timedelta(seconds=1)
# How soon the escalation of an incident that a silence or another incident mutes looks again.
_MUTED_AGAIN = timedelta(minutes=1)


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
    queue_due_steps()


@transaction.atomic
def begin_again(incident: Incident) -> None:
    """Begin anew with the plan of a severity that has risen."""
    end(incident.pk, EscalationRun.End.ROSE)
    begin(incident)


@transaction.atomic
def notify_again(incident: Incident) -> None:
    """Notify whoever was notified of an incident that its cause, which had gone, is back.

    One that comes and goes notifies once within the site's cool-down, unless it is extreme.
    """
    since = clock.now() - timedelta(minutes=muting.settings_of(incident.site_id).cool_down_minutes)
    lately = incident.timeline.filter(code=CAME_BACK, at__gt=since).exists()
    if lately and incident.severity != Severity.EXTREME:
        return
    if people := people_notified(incident):
        urgent = is_urgent(incident)
        channels = notify_of(incident, people, urgent=urgent, text="came_back")
        users = [user.pk for user in people]
        timeline.record(incident, CAME_BACK, users=users, channels=channels)
    if incident.acked_by_id is None:
        begin(incident)


def end(incident_id: int, why: str) -> bool:
    """End the escalation of an incident; return whether it ran."""
    return end_all([incident_id], why) > 0


def end_all(incident_ids: Collection[int], why: str) -> int:
    """End the escalations of incidents; return how many ran."""
    running = EscalationRun.objects.filter(incident__in=incident_ids, ended_at=None)
    return running.update(next_step_at=None, ended_at=clock.now(), end=why)


def queue_due_steps() -> None:
    """Queue the job that does the steps that are due."""
    jobs.enqueue(do_due_steps, key=KEY, queue=jobs.FAST)


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
    if muting.is_muted_now(incident):
        run.next_step_at = now + _MUTED_AGAIN
        run.save(update_fields=["next_step_at"])
        return False
    Advance(run, incident, now).do()
    return True


@jobs.every(minutes=1, queue=jobs.FAST)
def resume_escalations() -> None:
    """Queue the steps that are due, in case the job that should have done them was lost."""
    if EscalationRun.objects.filter(next_step_at__lte=clock.now()).exists():
        queue_due_steps()
