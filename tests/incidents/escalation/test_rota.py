"""Who is on call when: turns by the site's clock, covers, absences, gaps."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incidents.escalation.rota import (
    Absence,
    Cover,
    Layer,
    Rota,
    calling_order,
    gaps,
    on_call,
    spans,
    turn_begins_at,
)
from incidents.rules.profile import TimeProfile

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
MONDAY = date(2026, 3, 2)
ANN, BEN, CARL, DORA = 1, 2, 3, 4
WEEK = timedelta(days=7)


def layer(*members, key=1, **more):
    values = {"first_day": MONDAY, "hand_over": time(8), **more}
    return Layer(key, members, **values)


def rota(*layers, zone="Asia/Shanghai", **more):
    return Rota(zone, layers, **more)


def local(day, hour, minute=0, zone="Asia/Shanghai"):
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(zone))


def test_turns_change_at_the_hand_over_of_their_day():
    weekly = rota(layer(ANN, BEN))
    assert on_call(weekly, local(2, 8)) == [ANN]
    assert on_call(weekly, local(9, 7, 59)) == [ANN]
    assert on_call(weekly, local(9, 8)) == [BEN]
    assert on_call(weekly, local(16, 8)) == [ANN]


def test_no_one_is_on_call_before_the_first_turn():
    assert on_call(rota(layer(ANN)), local(2, 7, 59)) == []


def test_turns_begin_at_the_same_local_time_after_the_clocks_change():
    weekly = rota(layer(ANN, BEN), zone="Europe/Berlin")
    before, after = (turn_begins_at(weekly.layers[0], turn, "Europe/Berlin") for turn in (3, 4))
    assert (before, after) == (
        datetime(2026, 3, 23, 7, tzinfo=UTC),
        datetime(2026, 3, 30, 6, tzinfo=UTC),
    )


def test_a_hand_over_that_the_clocks_skip_is_the_first_instant_after():
    nightly = layer(ANN, BEN, hand_over=time(2, 30), turn_days=1)
    begins = turn_begins_at(nightly, (date(2026, 3, 29) - MONDAY).days, "Europe/Berlin")
    assert begins == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_cover_replaces_the_person_for_its_time_in_its_layer_alone():
    covers = (Cover(1, DORA, local(3, 10), local(3, 12)),)
    both = rota(layer(ANN), layer(BEN, key=2), covers=covers)
    assert on_call(both, local(3, 9, 59)) == [ANN, BEN]
    assert on_call(both, local(3, 10)) == [DORA, BEN]
    assert on_call(both, local(3, 12)) == [ANN, BEN]


def test_a_cover_fills_a_time_before_the_first_turn():
    covers = (Cover(1, DORA, local(1, 0), local(2, 8)),)
    assert on_call(rota(layer(ANN), covers=covers), local(1, 10)) == [DORA]


def test_of_two_covers_the_later_entry_counts():
    covers = (Cover(1, BEN, local(3, 0), local(4, 0)), Cover(1, CARL, local(3, 10), local(3, 12)))
    assert on_call(rota(layer(ANN), covers=covers), local(3, 11)) == [CARL]


def test_whoever_is_absent_is_replaced_by_the_substitute():
    away = (Absence(ANN, local(2, 8), local(9, 8), substitute=DORA),)
    assert on_call(rota(layer(ANN, BEN), absences=away), local(3, 10)) == [DORA]


def test_without_a_substitute_the_turn_passes_to_the_next_person_who_is_there():
    away = tuple(Absence(user, local(2, 8), local(9, 8)) for user in (ANN, BEN))
    assert on_call(rota(layer(ANN, BEN, CARL), absences=away), local(3, 10)) == [CARL]


def test_a_person_who_has_left_is_never_on_call_and_the_turns_of_others_stay():
    left = rota(layer(ANN, BEN, CARL), gone=frozenset({BEN}))
    assert [on_call(left, local(day, 9)) for day in (2, 9, 16, 23)] == [
        [ANN],
        [CARL],
        [CARL],
        [ANN],
    ]


def test_a_layer_applies_in_its_times_alone():
    nights = TimeProfile(frozenset(range(7)), time(20), time(6), "Asia/Shanghai")
    nightly = rota(layer(ANN, profile=nights))
    assert [on_call(nightly, local(3, hour)) for hour in (5, 6, 19, 20)] == [[ANN], [], [], [ANN]]
    found = gaps(nightly, local(3, 0), local(5, 0))
    assert [(each.begins_at, each.ends_at) for each in found] == [
        (local(3, 6), local(3, 20)),
        (local(4, 6), local(4, 20)),
    ]


def test_people_are_called_by_layers_first_then_by_their_turns():
    both = rota(layer(ANN, BEN, CARL), layer(DORA, key=2))
    assert calling_order(both, local(9, 9)) == [BEN, DORA, CARL, ANN]


def test_a_person_in_two_layers_is_called_once():
    assert calling_order(rota(layer(ANN, BEN), layer(ANN, key=2)), local(3, 9)) == [ANN, BEN]


people = st.integers(1, 5)
instants = st.integers(0, 60 * 24 * 120).map(
    lambda minutes: datetime(2026, 2, 20, tzinfo=UTC) + timedelta(minutes=minutes)
)
times = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def periods(draw):
    begin = draw(instants)
    return begin, begin + timedelta(minutes=draw(st.integers(1, 60 * 24 * 20)))


@st.composite
def rotas(draw):
    zone = draw(st.sampled_from(ZONES))
    profiles = st.builds(
        TimeProfile, st.frozensets(st.integers(0, 6), min_size=1), times, times, st.just(zone)
    )
    layers = tuple(
        Layer(
            key,
            tuple(draw(st.lists(people, unique=True, max_size=4))),
            MONDAY + timedelta(days=draw(st.integers(0, 20))),
            draw(times),
            draw(st.integers(1, 10)),
            draw(st.none() | profiles),
        )
        for key in range(draw(st.integers(1, 2)))
    )
    covers = [Cover(draw(st.integers(0, 1)), draw(people), *draw(periods())) for _ in range(2)]
    absences = [Absence(draw(people), *draw(periods()), draw(st.none() | people)) for _ in range(2)]
    return Rota(zone, layers, tuple(covers), tuple(absences), draw(st.frozensets(people)))


@given(rotas(), periods(), st.data())
def test_spans_partition_a_period_and_agree_with_every_instant(drawn, period, data):
    begin, end = period
    found = spans(drawn, begin, end)
    assert (found[0].begins_at, found[-1].ends_at) == (begin, end)
    pairs = list(itertools.pairwise(found))
    assert all(one.ends_at == other.begins_at for one, other in pairs)
    assert all(one.people != other.people for one, other in pairs)
    minutes = data.draw(st.integers(0, int((end - begin).total_seconds() // 60) - 1 or 0))
    at = begin + timedelta(minutes=minutes)
    span = next(each for each in found if each.begins_at <= at < each.ends_at)
    assert on_call(drawn, at) == list(dict.fromkeys(p for p in span.people if p is not None))


@given(rotas(), instants)
def test_no_one_who_is_absent_or_gone_is_on_call(drawn, at):
    away = {each.user for each in drawn.absences if each.begins_at <= at < each.ends_at}
    assert not set(on_call(drawn, at)) & (away | drawn.gone)
    assert not set(calling_order(drawn, at)) & (away | drawn.gone)


@given(rotas(), instants)
def test_who_is_on_call_is_called_first_and_each_person_once(drawn, at):
    order, now = calling_order(drawn, at), on_call(drawn, at)
    assert order[: len(now)] == now
    assert len(set(order)) == len(order)


@given(st.lists(people, unique=True, min_size=1), st.integers(1, 28), times, st.sampled_from(ZONES))
def test_each_person_has_as_many_turns(members, turn_days, hand_over, zone):
    one = Layer(1, tuple(members), MONDAY, hand_over, turn_days)
    begin = turn_begins_at(one, 0, zone)
    end = turn_begins_at(one, 3 * len(members), zone)
    found = spans(Rota(zone, (one,)), begin, end)
    expected = members * 3 if len(members) > 1 else members
    assert [each.people[0] for each in found] == expected
    wall = {each.begins_at.astimezone(ZoneInfo(zone)).time() for each in found}
    assert hand_over in wall


@given(rotas(), instants)
def test_a_cover_of_a_person_who_is_there_always_counts(drawn, at):
    cover = Cover(drawn.layers[0].key, 9, at, at + WEEK)
    covered = replace(drawn, covers=(*drawn.covers, cover))
    profile = drawn.layers[0].profile
    if profile is None or profile.contains(at):
        assert on_call(covered, at)[0] == 9
