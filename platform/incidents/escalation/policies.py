"""Which plan an incident follows: that of the first policy that fits, else a standard plan."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.permissions import StandardRole
from incidents.escalation.plans import Plan, Step
from incidents.models import EscalationPolicy, Incident
from incidents.models.escalation import Target
from incidents.severities import Severity

# Alarms that mean maintenance; they are not escalated at night (specification).
MAINTENANCE_ALARMS = frozenset({"battery_low", "fault"})
_MAINTENANCE_KINDS = frozenset({"device_offline", "camera_accuracy"})
# At once to staff, and within 60 s to the next person, whatever severity a rule gave them.
LIFE_SAFETY_KINDS = frozenset({"sos", "smoke_fire"})
_URGENT = frozenset({Severity.SEVERE.value, Severity.EXTREME.value})


@dataclass(frozen=True)
class Standard:
    """A plan for a site without a policy of its own that fits.

    Attributes:
        code: identifies it; its text is in `labels`.
    """

    code: str
    plan: Plan


LIFE_SAFETY = Standard(
    "urgent",
    Plan(
        (
            Step(0, Target.ON_DUTY.value),
            Step(0, Target.ON_CALL.value),
            Step(60, Target.NEXT_ON_CALL.value),
            Step(60, Target.ROLE.value, StandardRole.MANAGER.value),
        ),
        repeats=5,
    ),
)
ROUTINE = Standard(
    "routine",
    Plan((Step(0, Target.ON_DUTY.value), Step(600, Target.ON_CALL.value)), urgent=False),
)
MAINTENANCE = Standard(
    "maintenance",
    Plan((Step(0, Target.ROLE.value, StandardRole.TECHNICIAN.value),), urgent=False, by_day=True),
)
STANDARDS = (LIFE_SAFETY, ROUTINE, MAINTENANCE)


@dataclass(frozen=True)
class Chosen:
    """The plan of an incident, and the name of the policy; empty for a standard plan."""

    plan: Plan
    policy: str = ""


def choose(incident: Incident) -> Chosen:
    """Return the plan that an incident follows."""
    fitting = EscalationPolicy.objects.filter(site=incident.site_id).prefetch_related(
        "steps__users"
    )
    policy = next((each for each in fitting if fits(each, incident) and each.steps.all()), None)
    if policy is None:
        return Chosen(standard_of(incident).plan)
    return Chosen(plan_of(policy, incident), policy.name)


def fits(policy: EscalationPolicy, incident: Incident) -> bool:
    """Whether a policy applies to incidents of this kind and severity."""
    of_kind = not policy.kinds or incident.kind in policy.kinds
    return of_kind and (not policy.severities or incident.severity in policy.severities)


def standard_of(incident: Incident) -> Standard:
    """Return the standard plan of an incident."""
    if is_urgent(incident):
        return LIFE_SAFETY
    return MAINTENANCE if is_maintenance(incident) else ROUTINE


def plan_of(policy: EscalationPolicy, incident: Incident) -> Plan:
    """Return a policy's plan as the incident follows it: maintenance waits for the day."""
    return Plan(
        steps=tuple(_steps(policy)),
        repeats=policy.repeats,
        urgent=is_urgent(incident),
        by_day=is_maintenance(incident),
    )


def is_urgent(incident: Incident) -> bool:
    """Whether people are notified of it at any time."""
    return incident.kind in LIFE_SAFETY_KINDS or (
        incident.severity in _URGENT and not is_maintenance(incident)
    )


def is_maintenance(incident: Incident) -> bool:
    """Whether it means maintenance of a device, such as a low battery."""
    alarm = incident.source.rpartition(":")[2]
    is_alarm = incident.kind == "device_alarm" and alarm in MAINTENANCE_ALARMS
    return is_alarm or incident.kind in _MAINTENANCE_KINDS


def _steps(policy: EscalationPolicy) -> Iterable[Step]:
    for step in policy.steps.all():
        users = tuple(user.pk for user in step.users.all())
        yield Step(step.wait_s, step.target, step.role, users)
