"""Rules and any history of signals: restarts, ticks and repeats change nothing."""

import json
from datetime import time

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rules import engine, state
from incidents.rules.model import All, Any, Rule
from incidents.rules.profile import TimeProfile
from incidents.rules.replay import replay
from tests.incidents.rules.signals import (
    START,
    above,
    absence,
    below,
    count,
    happened,
    measured,
    rise,
    second,
)

SPANS = st.integers(1, 120)
LEAVES = st.one_of(
    st.builds(
        lambda limit, gap, lasting: above(limit, limit - gap, lasting),
        st.integers(0, 10),
        st.integers(0, 3),
        st.integers(0, 90),
    ),
    st.builds(lambda limit, lasting: below(limit, limit, lasting), st.integers(0, 10), SPANS),
    st.builds(lambda amount, within: rise(amount, within), st.integers(1, 8), SPANS),
    st.builds(lambda amount, within: rise(amount, within, False), st.integers(1, 8), SPANS),
    st.builds(absence, SPANS),
    st.builds(count, st.integers(1, 4), SPANS),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.lists(parts, min_size=1, max_size=3).flatmap(
        lambda some: st.sampled_from([All(tuple(some)), Any(tuple(some))])
    ),
    max_leaves=4,
)
PROFILES = st.none() | st.builds(
    lambda begins, ends: TimeProfile(
        frozenset(range(7)), time(0, begins), time(0, ends), "Asia/Shanghai"
    ),
    st.integers(0, 9),
    st.integers(0, 9),
)
RULES = st.builds(Rule, CONDITIONS, PROFILES)
INSTANTS = st.integers(0, 600)
SIGNALS = st.one_of(
    st.builds(measured, INSTANTS, st.integers(0, 10)),
    st.builds(happened, INSTANTS),
)
HISTORIES = st.lists(SIGNALS, max_size=30)
END = second(1000)


def in_order(history):
    """The history by time; of signals of one kind at one instant the first."""
    unique = {(each.at, each.kind): each for each in reversed(history)}
    return [unique[key] for key in sorted(unique)]


class Live:
    """A rule that is evaluated as signals arrive."""

    def __init__(self, rule):
        self.rule = rule
        self.state = engine.begin(rule, START)
        self.transitions = []

    def take(self, outcome):
        self.state = outcome.state
        self.transitions += outcome.transitions
        return outcome.is_late

    def signal(self, signal):
        return self.take(engine.step(self.rule, self.state, signal))

    def tick(self, until):
        self.take(engine.advance(self.rule, self.state, until))

    def restart(self):
        stored = json.loads(json.dumps(state.to_json(self.state)))
        assert state.from_json(stored) == self.state
        self.state = state.from_json(stored)


def replayed(rule, history):
    return [(each.began_at, each.ended_at) for each in replay(rule, in_order(history), START, END)]


def periods(transitions):
    found = []
    for each in transitions:
        if each.active:
            found.append((each.at, None))
        else:
            found[-1] = (found[-1][0], each.at)
    return found


@settings(max_examples=300)
@given(RULES, HISTORIES, st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_live_evaluation_with_restarts_and_ticks_gives_the_alarms_of_a_replay(
    rule, history, restarts, ticks
):
    live = Live(rule)
    for place, signal in enumerate(in_order(history)):
        if place in ticks:
            live.tick(signal.at)
        if place in restarts:
            live.restart()
        assert not live.signal(signal)
    live.tick(END)
    assert periods(live.transitions) == replayed(rule, history)


@settings(max_examples=200)
@given(RULES, HISTORIES)
def test_signals_out_of_order_are_late_and_the_others_give_the_alarms_of_a_replay(rule, history):
    live = Live(rule)
    history = list({(each.at, each.kind): each for each in history}.values())
    in_time = [signal for signal in history if not live.signal(signal)]
    live.tick(END)
    latest = [max(each.at for each in history[: n + 1]) for n in range(len(history))]
    for signal, before in zip(history, latest, strict=True):
        assert signal.at < before or signal in in_time, "only what is out of order is late"
    kinds_in_order = sorted(in_time, key=lambda signal: signal.at)
    run = replay(rule, kinds_in_order, START, END)
    assert periods(live.transitions) == [(each.began_at, each.ended_at) for each in run]


@settings(max_examples=200)
@given(RULES, HISTORIES)
def test_transitions_alternate_and_never_go_back_in_time(rule, history):
    live = Live(rule)
    for signal in in_order(history):
        live.signal(signal)
    live.tick(END)
    assert [each.active for each in live.transitions] == [
        place % 2 == 0 for place in range(len(live.transitions))
    ]
    moments = [each.at for each in live.transitions]
    assert moments == sorted(moments)


@settings(max_examples=200)
@given(RULES, HISTORIES)
def test_a_signal_that_comes_twice_changes_nothing(rule, history):
    once, twice = Live(rule), Live(rule)
    for signal in in_order(history):
        once.signal(signal)
        twice.signal(signal)
        twice.signal(signal)
    assert periods(once.transitions) == periods(twice.transitions)
