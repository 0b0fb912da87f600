"""The order of checks at an entry and at an exit, and those that need nothing but access.

The order is the specification's ("Order of checks"): this file is where a reader learns why one
rule beats another. Apps above provide the checks that need what only they know.
"""

from collections.abc import Callable
from datetime import timedelta

from access import permits
from access.context import NOTHING, CheckResult, DecisionContext, Known
from access.models import Decision, Passage

Check = Callable[[DecisionContext], CheckResult]
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
_sources: list[Callable[[Passage], list[Known]]] = []


def provide(name: str, check: Check) -> None:
    """Wire the check that has that place in the order.

    Raises:
        ValueError: the order has no such place.
    """
    if name not in ENTRY_ORDER + EXIT_ORDER:
        raise ValueError(f"{name} has no place in the order of checks")
    _checks[name] = check


def provide_known(source: Callable[[Passage], list[Known]]) -> None:
    """Wire something else that knows plates: cars inside, appointments."""
    if source not in _sources:
        _sources.append(source)


def known_beyond(passage: Passage) -> list[Known]:
    """Return what the wired sources know of the passage's plate or a look-alike."""
    return [known for source in _sources for known in source(passage)]


def ask(context: DecisionContext) -> tuple[str, CheckResult, list[dict[str, object]]]:
    """Go through the checks in order until one decides.

    Returns:
        The rule that decided, its result, and the trace of all that were asked. A lane where no
        check decides is held for the guard: what no rule allows stays shut.
    """
    trace: list[dict[str, object]] = []
    order = ENTRY_ORDER if context.passage.direction == "entry" else EXIT_ORDER
    for name in order:
        check = _checks.get(name)
        result = check(context) if check else NOTHING
        rule = result.rule or name
        trace.append({"rule": rule, "result": _result(result), "facts": result.facts or {}})
        if result.outcome:
            return rule, result, trace
    return "no_rule", CheckResult(Outcome.HOLD, {}), trace


def _result(result: CheckResult) -> str:
    if result.outcome:
        return str(result.outcome)
    return "passed" if result.facts is None else "noted"


def late(context: DecisionContext) -> CheckResult:
    """Open nothing for a car whose photo is old: whoever stands there now is not it."""
    if not context.late:
        return NOTHING
    seconds = int((context.now - context.passage.at).total_seconds())
    return CheckResult(Outcome.HOLD, {"seconds": seconds})


def lane_class(context: DecisionContext) -> CheckResult:
    """Hold a car whose plate colour the lane is not for; an unseen colour is no reason."""
    colour, allowed = context.passage.colour, context.lane.plate_colours
    if not allowed or not colour or colour in allowed:
        return NOTHING
    return CheckResult(Outcome.HOLD, {"colour": colour, "allowed": list(allowed)})


def confidence(context: DecisionContext) -> CheckResult:
    """Send an unsure read to the guard, never to the barrier."""
    percent = round(context.passage.confidence * 100)
    if context.certain:
        return CheckResult(None, {"percent": percent})
    rule = "confidence" if context.passage.plate else "no_plate"
    return CheckResult(Outcome.HOLD, {"percent": percent}, rule)


def block_list(context: DecisionContext) -> CheckResult:
    """Refuse a plate that the site keeps out; a blocked car inside is for the guard to let out.

    A car whose plate only looks like a blocked one is for the guard to look at.
    """
    entry = context.in_force("block")
    if entry is None:
        return NOTHING
    enters = context.passage.direction == "entry"
    if entry.plate != context.passage.plate:
        facts = {"entry": entry.pk, "blocked": entry.plate}
        return CheckResult(Outcome.HOLD, facts, "block_look_alike") if enters else NOTHING
    return CheckResult(Outcome.REFUSE if enters else Outcome.HOLD, {"entry": entry.pk})


def reread(context: DecisionContext) -> CheckResult:
    """Open again, and do nothing else, for a car that was let through moments ago.

    At an entry only while it has not passed: a second car with its plate is not the same car.
    However long it waited: the time runs from the decision that let it through.
    """
    passage = context.passage
    states = [Passage.State.OPENING, Passage.State.OPEN, Passage.State.UNANSWERED]
    if passage.direction == "exit":
        states.append(Passage.State.PASSED)
    earlier = (
        Passage.objects.filter(site=passage.site_id, folded=passage.folded, at__lte=passage.at)
        .filter(
            lane=context.lane,
            state__in=states,
            decisions__outcome=Outcome.OPEN,
            decisions__at__gte=context.now - timedelta(seconds=context.lane.reread_seconds),
        )
        .exclude(pk=passage.pk)
        .order_by("-at")
        .values_list("pk", flat=True)
        .first()
    )
    if earlier is None:
        return NOTHING
    return CheckResult(Outcome.OPEN, {"passage": earlier})


def allow_list(context: DecisionContext) -> CheckResult:
    """Open for a plate on the allow list."""
    return _open_for(context, "allow")


def resident(context: DecisionContext) -> CheckResult:
    """Open for a car registered to a resident or tenant."""
    return _open_for(context, "resident")


def visitor_pass(context: DecisionContext) -> CheckResult:
    """Open for a visitor pass in its window with an entry left, which is taken for it."""
    known = context.in_force("visitor")
    if known is not None and not permits.use_entry(known.pk):
        return NOTHING
    return _open_for(context, "visitor")


def _open_for(context: DecisionContext, kind: str) -> CheckResult:
    known = context.in_force(kind)
    if known is None:
        return _told_expired(context, kind)
    context.memo["cover"] = known
    return CheckResult(Outcome.OPEN, {"entry": known.pk})


def _told_expired(context: DecisionContext, kind: str) -> CheckResult:
    """Note that the plate's leave is over, so that the guard can tell the driver."""
    over = [k for k in context.known if k.kind == kind and _over(k, context)]
    if not over:
        return NOTHING
    ended = max(k.ends_at for k in over if k.ends_at)
    return CheckResult(None, {"ended": ended.isoformat()})


def _over(known: Known, context: DecisionContext) -> bool:
    return known.ends_at is not None and known.ends_at <= context.at


def wire() -> None:
    """Put the checks of this app in their places."""
    for check in (
        late,
        lane_class,
        confidence,
        block_list,
        reread,
        allow_list,
        resident,
        visitor_pass,
    ):
        provide(check.__name__, check)
