"""The steps of an escalation: their order, their times, the night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incidents.escalation import plans
from incidents.escalation.plans import Place, Plan, Step, due_at, following

ZONE = "Asia/Shanghai"
NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(ZONE))
THREE = (Step(0, "on_duty"), Step(0, "on_call"), Step(60, "role", role="manager"))
instants = st.integers(0, 60 * 24 * 330).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
some_plans = st.builds(
    Plan,
    st.lists(st.builds(Step, st.integers(0, 900), st.just("on_call")), min_size=1).map(tuple),
    st.integers(0, 4),
    st.booleans(),
    st.booleans(),
)


def places(plan):
    place = Place()
    while place is not None:
        yield place
        place = following(plan, place)


def test_steps_follow_each_other_and_are_repeated():
    found = [(each.repetition, each.position) for each in places(Plan(THREE, repeats=1))]
    assert found == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_a_step_is_due_so_long_after_the_one_before():
    assert due_at(Plan(THREE), Place(1), NOON, ZONE) == NOON
    assert due_at(Plan(THREE), Place(2), NOON, ZONE) == NOON + timedelta(seconds=60)


def test_a_repetition_waits_as_long_as_the_longest_step():
    assert due_at(Plan(THREE, 1), Place(0, 1), NOON, ZONE) == NOON + timedelta(seconds=60)


def test_steps_without_a_wait_are_repeated_after_a_minute():
    plan = Plan(THREE[:1], repeats=3)
    assert due_at(plan, Place(0, 1), NOON, ZONE) == NOON + timedelta(seconds=60)


def test_what_waits_for_the_day_is_due_at_its_beginning():
    plan = Plan(THREE, by_day=True)
    night = NOON.replace(hour=23)
    assert due_at(plan, Place(), night, ZONE) == night.replace(hour=7) + timedelta(days=1)
    assert due_at(plan, Place(), NOON, ZONE) == NOON


@given(instants, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
def test_what_waits_for_the_day_never_happens_at_night(at, zone):
    due = plans.after_night(at, zone)
    assert at <= due <= at + timedelta(hours=10)
    assert 7 <= due.astimezone(ZoneInfo(zone)).hour < 22


@given(some_plans)
def test_every_step_is_done_once_in_each_repetition(plan):
    found = list(places(plan))
    assert len(found) == len(set(found)) == len(plan.steps) * (plan.repeats + 1)


@given(some_plans, instants)
def test_a_repetition_never_begins_at_once(plan, at):
    for repetition in range(1, plan.repeats + 1):
        assert due_at(plan, Place(0, repetition), at, ZONE) > at


@given(some_plans)
def test_a_plan_is_stored_and_read_as_it_was(plan):
    assert plans.from_json(plans.to_json(plan)) == plan


@given(some_plans)
def test_at_once_are_the_steps_before_the_first_wait(plan):
    first = plans.at_once(plan)
    assert all(step.wait_s == 0 for step in first.steps)
    assert first.steps == plan.steps[: len(first.steps)]
