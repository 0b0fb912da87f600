"""The order of checks at an entry and at an exit, and the checks that access itself provides.

The order follows the specification ("Order of checks"): it is the reason why one rule takes
precedence over another. Apps above access register the checks that need their own data.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from access import permits
from access.context import NO_FINDING, CheckResult, DecisionContext, PlateRecord
from access.models import Decision, Passage
from access.watch_list import watch_list

Check = Callable[[DecisionContext], CheckResult]
RecordSource = Callable[[Sequence[Passage]], Mapping[int, list[PlateRecord]]]
Outcome = Decision.Outcome

ENTRY_ORDER = (
    "late",
    "lane_class",
    "watch_list",
    "confidence",
    "block_list",
    "reread",
    "lock",
    "allow_list",
    "resident",
    "visitor_pass",
    "full",
    "tariff",
)
EXIT_ORDER = (
    "late",
    "watch_list",
    "confidence",
    "reread",
    "open_stay",
    "covered",
    "block_list",
    "no_entry",
    "due",
)
_checks: dict[str, Check] = {}
_sources: list[RecordSource] = []


def register(name: str, check: Check) -> None:
    """Register the check for a place in the order.

    Raises:
        ValueError: the order has no such place.
    """
    if name not in ENTRY_ORDER + EXIT_ORDER:
        raise ValueError(f"{name} has no place in the order of checks")
    _checks[name] = check


def add_record_source(source: RecordSource) -> None:
    """Register a further source of plate records, such as the cars inside or appointments.

    It takes passages that are decided about together, and returns their records by primary key.
    """
    if source not in _sources:
        _sources.append(source)


def records_from_sources(passages: Sequence[Passage]) -> Mapping[int, list[PlateRecord]]:
    """Return the sources' records of the passages' plates and look-alikes, by primary key."""
    found: dict[int, list[PlateRecord]] = defaultdict(list)
    for source in _sources:
        for pk, records in source(passages).items():
            found[pk] += records
    return found


def evaluate(context: DecisionContext) -> tuple[str, CheckResult, list[dict[str, object]]]:
    """Run the checks in order until one decides.

    Returns:
        The rule that decided, its result, and the trace of all checks that ran. A car for which no
        check decides is held for the guard: the barrier opens only where a rule allows it.
    """
    trace: list[dict[str, object]] = []
    order = ENTRY_ORDER if context.passage.direction == "entry" else EXIT_ORDER
    for name in order:
        check = _checks.get(name)
        result = check(context) if check else NO_FINDING
        rule = result.rule or name
        trace.append({"rule": rule, "result": _trace_code(result), "facts": result.facts or {}})
        if result.outcome:
            return rule, result, trace
    return "no_rule", CheckResult(Outcome.HOLD, {}), trace


def _trace_code(result: CheckResult) -> str:
    if result.outcome:
        return str(result.outcome)
    return "passed" if result.facts is None else "noted"


def late(context: DecisionContext) -> CheckResult:
    """Hold a car whose message was delayed: another car may stand at the barrier by now."""
    if not context.late:
        return NO_FINDING
    seconds = int((context.now - context.passage.seen_at).total_seconds())
    return CheckResult(Outcome.HOLD, {"seconds": seconds})


def lane_class(context: DecisionContext) -> CheckResult:
    """Hold a car whose plate colour the lane does not admit; an unread colour is admitted."""
    colour, allowed = context.passage.colour, context.lane.plate_colours
    if not allowed or not colour or colour in allowed:
        return NO_FINDING
    return CheckResult(Outcome.HOLD, {"colour": colour, "allowed": list(allowed)})


def confidence(context: DecisionContext) -> CheckResult:
    """Hold a car whose plate was read with doubt, below the lane's limit, or not at all."""
    percent = round(context.passage.confidence * 100)
    if context.passage.plate and context.doubt:
        return CheckResult(Outcome.HOLD, {"percent": percent, "doubt": context.doubt}, "doubt")
    if context.certain:
        return CheckResult(None, {"percent": percent})
    rule = "confidence" if context.passage.plate else "no_plate"
    failure = {"failure": context.failure} if context.failure else {}
    return CheckResult(Outcome.HOLD, {"percent": percent, **failure}, rule)


def block_list(context: DecisionContext) -> CheckResult:
    """Refuse a blocked plate at an entry; hold it at an exit, and hold a look-alike of it."""
    entry = context.record_in_force("block")
    if entry is None:
        return NO_FINDING
    enters = context.passage.direction == "entry"
    if entry.plate != context.passage.plate:
        facts = {"entry": entry.pk, "blocked": entry.plate}
        return CheckResult(Outcome.HOLD, facts, "block_look_alike") if enters else NO_FINDING
    return CheckResult(Outcome.REFUSE if enters else Outcome.HOLD, {"entry": entry.pk})


def allow_list(context: DecisionContext) -> CheckResult:
    """Open for a plate on the allow list."""
    return _open_by_record(context, "allow")


def resident(context: DecisionContext) -> CheckResult:
    """Open for a car registered to a resident or tenant."""
    return _open_by_record(context, "resident")


def visitor_pass(context: DecisionContext) -> CheckResult:
    """Open for a valid visitor pass with an entry left, and use that entry."""
    record = context.record_in_force("visitor")
    if record is not None and not permits.use_entry(record.pk):
        return NO_FINDING
    return _open_by_record(context, "visitor")


def _open_by_record(context: DecisionContext, kind: str) -> CheckResult:
    record = context.record_in_force(kind)
    if record is None:
        return _note_expiry(context, kind)
    context.permit = record
    return CheckResult(Outcome.OPEN, {"entry": record.pk})


def _note_expiry(context: DecisionContext, kind: str) -> CheckResult:
    """Note when the plate's latest permit of that kind ended, for the guard to see."""
    ended = [
        record.ends_at
        for record in context.records
        if record.kind == kind and record.ends_at and record.has_ended(context.at)
    ]
    return CheckResult(None, {"ended": max(ended).isoformat()}) if ended else NO_FINDING


def register_checks() -> None:
    """Register the checks of this app."""
    for check in (
        late,
        lane_class,
        watch_list,
        confidence,
        block_list,
        allow_list,
        resident,
        visitor_pass,
    ):
        register(check.__name__, check)
