"""Delete who was on call, on duty and notified, past the periods of the site."""

from collections import Counter

from django.db import transaction

from core.jobs import every
from core.retention import Scope, Sweep
from incidents.models import EscalationRun, RotaOverride, Shift, TestAlarm
from incidents.retention import DUTY, EVIDENCE


@every(minutes=720)
@transaction.atomic
def delete_past_duty() -> int:
    """Delete old shifts with their hand-overs, changes of the rota, test alarms, escalations.

    Returns:
        The number of rows, without those that belong to them.
    """
    sweep = Sweep(DUTY, Shift.objects.all(), Scope(site="site", at="ended_at"))
    further = (
        Sweep(DUTY, RotaOverride.objects.all(), Scope(site="site", at="ends_at")),
        Sweep(DUTY, TestAlarm.objects.all(), Scope(site="site", at="began_at")),
        Sweep(EVIDENCE, EscalationRun.objects.all(), _RUNS, "incident__ended_at"),
    )
    for each in (sweep, *further):
        due = dict(each.due().values_list("pk", _RUNS.site if each.code == EVIDENCE else "site"))
        each.due().filter(pk__in=due).delete()
        sweep.count(Counter(due.values()))
    return sweep.record()


_RUNS = Scope(site="incident__site", at="began_at", incident="incident")
