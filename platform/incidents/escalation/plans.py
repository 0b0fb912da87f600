"""The steps of an escalation and their times. Without clock and database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from incidents.rules.profile import TimeProfile

# Maintenance waits until the end of the night, by the site's clock.
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
# Between two repetitions of steps that do not wait.
_LEAST_REPETITION_S = 60
_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Step:
    """Wait, then notify.

    Attributes:
        wait_s: seconds since the step before.
        target: a code of `incidents.models.escalation.Target`.
        role: the role's code, for that target.
        users: keys of people, for that target.
    """

    wait_s: int
    target: str
    role: str = ""
    users: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an escalation does until a person acknowledges.

    Attributes:
        steps: in their order.
        repeats: how often they are done again after the first time.
        urgent: whether people are notified at any time, past their quiet hours.
        by_day: whether steps that are due at night wait until its end.
    """

    steps: tuple[Step, ...]
    repeats: int = 0
    urgent: bool = True
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an escalation is: the next step, and how often all were done before."""

    position: int = 0
    repetition: int = 0


def following(plan: Plan, place: Place) -> Place | None:
    """Return the place after a step; None after the last one."""
    if place.position + 1 < len(plan.steps):
        return Place(place.position + 1, place.repetition)
    if place.repetition < plan.repeats:
        return Place(0, place.repetition + 1)
    return None


def due_at(plan: Plan, place: Place, since: datetime, zone: str) -> datetime:
    """Return when a step is due.

    A step that begins a repetition waits at least as long as the longest step before it: a plan
    whose first step waits for 0 s does not repeat itself at once.

    Args:
        since: when the step before was done, or the escalation began.
        zone: name of the site's time zone.
    """
    wait_s = plan.steps[place.position].wait_s
    if place.position == 0 and place.repetition:
        wait_s = max(step.wait_s for step in plan.steps) or _LEAST_REPETITION_S
    at = since + timedelta(seconds=wait_s)
    return after_night(at, zone) if plan.by_day else at


def after_night(at: datetime, zone: str) -> datetime:
    """Return the instant, or the end of the night that it is in."""
    night = TimeProfile(_EVERY_DAY, NIGHT_BEGINS, NIGHT_ENDS, zone)
    while night.contains(at):
        at = night.next_change(at)
    return at


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain JSON."""
    return asdict(plan)


def from_json(values: Mapping[str, Any]) -> Plan:
    """Return the plan that `to_json` wrote."""
    steps = tuple(Step(**{**step, "users": tuple(step["users"])}) for step in values["steps"])
    return Plan(steps, values["repeats"], values["urgent"], values["by_day"])


def at_once(plan: Plan) -> Plan:
    """Return the plan with its first steps alone, those without a wait."""
    waiting = next((n for n, step in enumerate(plan.steps) if step.wait_s), len(plan.steps))
    return replace(plan, steps=plan.steps[:waiting], repeats=0)
