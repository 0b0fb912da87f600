"""The order of checks at a door.

The order follows the specification: it is the reason why one rule takes precedence over another.
Each check reads the context and nothing else, so the same context always gives the same answer.
"""

from collections.abc import Callable

from core import clock
from doors import profiles
from doors.context import IN, NO_FINDING, OUT, CheckResult, DoorContext, GroupFacts, Shown
from doors.models import DoorPassage

Check = Callable[[DoorContext], CheckResult]
Outcome = DoorPassage.Outcome
#: By which a door opens without showing who it is; only the device can decide that.
WITHOUT_CREDENTIAL = ("button", "remote")
#: So many unknown PINs at a door, and it takes none for a while (`doors.reading`).
MOST_UNKNOWN_PINS = 5


def evaluate(context: DoorContext) -> tuple[str, CheckResult, list[dict[str, object]]]:
    """Run the checks in order until one decides.

    Returns:
        The rule that decided, its result, and the trace of all checks that ran.
    """
    trace: list[dict[str, object]] = []
    for name, check in ORDER.items():
        result = check(context)
        rule = result.rule or name
        trace.append({"rule": rule, "result": _trace_code(result), "facts": result.facts or {}})
        if result.outcome:
            return rule, result, trace
    raise AssertionError("the last check decides")


def _trace_code(result: CheckResult) -> str:
    if result.outcome:
        return str(result.outcome)
    return "passed" if result.facts is None else "noted"


def fire(context: DoorContext) -> CheckResult:
    """Open a door of a group that is released for fire, for everybody and whatever else holds."""
    door = context.door
    released = [group.pk for group in door.groups if group.is_released] if door else []
    return CheckResult(Outcome.OPEN, {"groups": released}) if released else NO_FINDING


def device(context: DoorContext) -> CheckResult:
    """Refuse at a device that serves no door."""
    return NO_FINDING if context.door else CheckResult(Outcome.REFUSE, {}, "no_door")


def late(context: DoorContext) -> CheckResult:
    """Record only what is about a time that is over: nobody stands there any more."""
    if not context.late:
        return NO_FINDING
    return CheckResult(Outcome.REFUSE if context.asked else Outcome.RECORD, {})


def without_credential(context: DoorContext) -> CheckResult:
    """Record only a door that was opened by a button or a command."""
    if context.means not in WITHOUT_CREDENTIAL:
        return NO_FINDING
    return CheckResult(Outcome.RECORD, {})


def lock_down(context: DoorContext) -> CheckResult:
    """Refuse at a door of a group that is locked down, except to people who leave."""
    locked = [group.pk for group in _groups(context) if group.is_locked]
    if not locked:
        return NO_FINDING
    if _direction(context) == OUT:
        return CheckResult(None, {"groups": locked})
    return CheckResult(Outcome.REFUSE, {"groups": locked})


def open_hours(context: DoorContext) -> CheckResult:
    """Open a door that is open to all at this time."""
    hours = context.door.open_hours if context.door else None
    is_open = hours is not None and profiles.is_open(hours, context.at)
    return CheckResult(Outcome.OPEN, {}) if is_open else NO_FINDING


def credential(context: DoorContext) -> CheckResult:
    """Refuse a credential that is unknown, not active, out of its period, or used before."""
    shown = context.shown
    if context.means == "pin" and context.unknown_pins >= MOST_UNKNOWN_PINS:
        return CheckResult(Outcome.REFUSE, {"tries": context.unknown_pins}, "pins_paused")
    if shown is None:
        return CheckResult(Outcome.REFUSE, {"means": context.means}, "unknown")
    if context.asked and shown.means == "face":
        # A face is compared by an engine that we trust, not by whoever asks.
        return CheckResult(Outcome.REFUSE, {}, "face_not_compared")
    return _fault_of(shown, context) or NO_FINDING


def _fault_of(shown: Shown, context: DoorContext) -> CheckResult | None:
    """Return why a known credential opens nothing; None where it may."""
    if shown.state != "active":
        return CheckResult(Outcome.REFUSE, {"state": shown.state}, "not_active")
    timezone = context.door.timezone if context.door else "UTC"
    if not shown.is_valid_on(clock.local(context.at, timezone).date()):
        return CheckResult(Outcome.REFUSE, {}, "out_of_period")
    if shown.is_locked:
        return CheckResult(Outcome.REFUSE, {}, "pin_locked")
    if shown.code is not None and not shown.code.is_timely(context.at):
        return CheckResult(Outcome.REFUSE, {}, "code_old")
    if shown.only_door not in (None, context.door.pk if context.door else None):
        return CheckResult(Outcome.REFUSE, {}, "other_door")
    if shown.is_used:
        return CheckResult(Outcome.REFUSE, {}, "code_used")
    return None


def right(context: DoorContext) -> CheckResult:
    """Refuse who has no right at this door now, and a visitor who may not come in."""
    decided = _check_visit(context)
    if decided is not None:
        return decided
    for each in context.rights:
        if each.holds(context.at):
            return CheckResult(None, {"right": each.pk})
    if context.rights:
        named = context.rights[0]
        return CheckResult(Outcome.REFUSE, {"right": named.pk}, "not_at_this_time")
    return CheckResult(Outcome.REFUSE, {}, "no_right")


def _check_visit(context: DoorContext) -> CheckResult | None:
    """Refuse a visitor who is not approved, or has used all entries; let out who is inside.

    Who is inside may leave by any door, also when the visit is over.
    """
    visit = context.visit
    if visit is None:
        return None
    if _direction(context) == OUT:
        return CheckResult(None, {"leaves": True}) if visit.is_inside else None
    if not visit.is_approved:
        return CheckResult(Outcome.REFUSE, {}, "visit_not_approved")
    if visit.begins_entry and visit.entries_left <= 0:
        return CheckResult(Outcome.REFUSE, {}, "entries_used")
    return None


def passback(context: DoorContext) -> CheckResult:
    """Note or refuse a person who enters a group twice without having left it."""
    if _direction(context) != IN:
        return NO_FINDING
    twice = [group for group in _groups(context) if _is_inside(group, context)]
    hard = [group.pk for group in twice if group.passback == "hard"]
    if hard and not _calls_for_help(context):
        return CheckResult(Outcome.REFUSE, {"groups": hard})
    noted = [group.pk for group in twice]
    return CheckResult(None, {"groups": noted}) if noted else NO_FINDING


def _is_inside(group: GroupFacts, context: DoorContext) -> bool:
    """Whether the person's last pass was into a group that watches it, and still counts."""
    last = context.passed.get(group.pk)
    if group.passback == "off" or last is None or last.direction != IN or last.is_forgiven:
        return False
    return group.forgiven_after is None or context.at - last.at < group.forgiven_after


def full(context: DoorContext) -> CheckResult:
    """Refuse a person at the door of a zone that has no room left."""
    door = context.door
    if door is None or door.people_limit is None or _direction(context) != IN:
        return NO_FINDING
    facts = {"inside": context.inside, "limit": door.people_limit}
    if context.party > 1:
        facts["party"] = context.party
    if context.inside + context.party <= door.people_limit:
        return NO_FINDING
    return CheckResult(None if _calls_for_help(context) else Outcome.REFUSE, facts)


def second_factor(context: DoorContext) -> CheckResult:
    """Refuse without a second factor of the same person, where the door asks for one."""
    door, first, second = context.door, context.shown, context.second
    if door is None or first is None or not door.second_factor:
        return NO_FINDING
    if not context.second_means:
        return CheckResult(Outcome.REFUSE, {}, "second_factor_missing")
    if second is None or second.holder != first.holder or second.means == first.means:
        return CheckResult(Outcome.REFUSE, {}, "second_factor_wrong")
    fault = _fault_of(second, context)
    if fault is not None:
        return CheckResult(Outcome.REFUSE, {"fault": fault.rule}, "second_factor_wrong")
    return CheckResult(None, {"means": second.means})


def admitted(_context: DoorContext) -> CheckResult:
    """Open: every check has passed."""
    return CheckResult(Outcome.OPEN, {})


def _groups(context: DoorContext) -> tuple[GroupFacts, ...]:
    return context.door.groups if context.door else ()


def _direction(context: DoorContext) -> str:
    return context.door.direction if context.door else ""


def _calls_for_help(context: DoorContext) -> bool:
    """Whether a PIN calls for help: whoever is forced to enter must not be refused for that."""
    return any(each.is_duress for each in (context.shown, context.second) if each)


ORDER: dict[str, Check] = {
    each.__name__: each
    for each in (
        fire,
        device,
        late,
        without_credential,
        lock_down,
        open_hours,
        credential,
        right,
        passback,
        full,
        second_factor,
        admitted,
    )
}
