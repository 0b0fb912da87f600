"""The order of checks: the first that decides is the one that counts, whatever the others say."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from doors import checks
from doors.admission import RightInForce
from doors.context import DoorContext, DoorFacts, GroupFacts, Passed, Shown
from doors.profiles import always

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ZONE = "Asia/Shanghai"
booleans = st.booleans()
groups = st.lists(
    st.builds(
        GroupFacts,
        pk=st.integers(1, 3),
        passback=st.sampled_from(["off", "soft", "hard"]),
        forgiven_after=st.sampled_from([None, timedelta(hours=1), timedelta(hours=12)]),
        is_released=booleans,
        is_locked=booleans,
    ),
    max_size=3,
    unique_by=lambda group: group.pk,
).map(tuple)
doors = st.builds(
    DoorFacts,
    pk=st.just(1),
    site_id=st.just(1),
    timezone=st.just(ZONE),
    direction=st.sampled_from(["", "in", "out"]),
    people_limit=st.sampled_from([None, 1, 5]),
    second_factor=booleans,
    open_hours=st.sampled_from([None, None, always(ZONE)]),
    groups=groups,
)
shown = st.builds(
    Shown,
    means=st.sampled_from(["card", "pin", "qr", "face"]),
    person=st.integers(1, 2),
    state=st.sampled_from(["active", "active", "lost", "suspended"]),
    begins_on=st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)]),
    ends_on=st.sampled_from([None, date(2026, 6, 1), date(2027, 6, 1)]),
    is_locked=booleans,
    is_duress=booleans,
    is_used=booleans,
)
passed = st.dictionaries(
    st.integers(1, 3),
    st.builds(
        Passed,
        direction=st.sampled_from(["in", "out"]),
        at=st.integers(0, 48).map(lambda hours: NOW - timedelta(hours=hours)),
        is_forgiven=booleans,
    ),
)
right = st.builds(
    RightInForce, pk=st.integers(1, 9), group=st.integers(1, 3), who=st.just("person")
)
rights = st.lists(right, max_size=2)
contexts = st.builds(
    DoorContext,
    at=st.just(NOW),
    means=st.sampled_from(["card", "pin", "qr", "face", "button"]),
    asked=booleans,
    late=booleans,
    door=st.none() | doors,
    shown=st.none() | shown,
    second=st.none() | shown,
    second_means=st.sampled_from(["", "card", "pin", "qr"]),
    rights=rights,
    passed=passed,
    inside=st.integers(0, 6),
    unknown_pins=st.integers(0, 6),
)


@given(contexts)
def test_every_context_is_decided_by_the_last_step_of_its_trace(context):
    rule, result, trace = checks.evaluate(context)
    assert result.outcome in ("open", "refuse", "record")
    assert trace[-1]["rule"] == rule
    assert [step["result"] for step in trace[:-1]].count(result.outcome) == 0
    assert {step["result"] for step in trace[:-1]} <= {"passed", "noted"}
    assert len(trace) <= len(checks.ORDER)


@given(contexts)
def test_fire_always_opens(context):
    released = context.door is not None and any(g.is_released for g in context.door.groups)
    rule, result, _trace = checks.evaluate(context)
    assert (rule == "fire") is released
    if released:
        assert result.outcome == "open"


@given(contexts)
def test_a_locked_group_lets_nobody_in_but_for_fire(context):
    door = context.door
    is_locked = door is not None and any(group.is_locked for group in door.groups)
    rule, result, _trace = checks.evaluate(context)
    if is_locked and door.direction != "out" and rule != "fire":
        assert result.outcome != "open"


@given(contexts)
def test_only_an_active_credential_with_a_right_opens_a_door_that_is_not_open_to_all(context):
    rule, result, _trace = checks.evaluate(context)
    if result.outcome == "open" and rule not in ("fire", "open_hours"):
        assert context.shown.state == "active"
        assert not context.shown.is_locked
        assert context.rights
        assert context.shown.means != "face" or not context.asked
        assert not context.late


@given(contexts)
def test_who_is_inside_a_group_that_refuses_it_never_enters_again(context):
    rule, result, _trace = checks.evaluate(context)
    if rule != "admitted" or context.door.direction != "in":
        return
    if any(each.is_duress for each in (context.shown, context.second) if each):
        return
    for group in context.door.groups:
        last = context.passed.get(group.pk)
        if group.passback == "hard" and last is not None and not last.is_forgiven:
            counts = group.forgiven_after is None or NOW - last.at < group.forgiven_after
            assert last.direction == "out" or not counts
    assert result.outcome == "open"


@given(contexts)
def test_a_door_that_asks_for_two_factors_opens_by_two_of_one_person(context):
    rule, _result, _trace = checks.evaluate(context)
    if rule == "admitted" and context.door.second_factor:
        assert context.second.person == context.shown.person
        assert context.second.means != context.shown.means


@given(st.lists(st.sampled_from(["in", "out"]), max_size=12))
def test_hard_passback_never_lets_a_person_in_twice_in_a_row(tries):
    group = GroupFacts(1, "hard", None)
    last: dict[int, Passed] = {}
    let_in = []
    for minute, direction in enumerate(tries):
        at = NOW + timedelta(minutes=minute)
        door = DoorFacts(1, 1, ZONE, direction=direction, groups=(group,))
        context = DoorContext(
            at=at,
            means="card",
            door=door,
            shown=Shown("card", 1),
            rights=[RightInForce(1, 1, "person")],
            passed=dict(last),
        )
        if checks.evaluate(context)[1].outcome == "open":
            let_in.append(direction)
            last[1] = Passed(direction, at)
    assert ("in", "in") not in list(pairwise(let_in))
