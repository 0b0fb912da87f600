"""When the conditions of alarm rules hold, and when they stop."""

from datetime import time

import pytest

from incidents.rules.model import All, Any
from incidents.rules.profile import TimeProfile
from tests.incidents.rules.signals import (
    above,
    absence,
    alarms,
    below,
    count,
    happened,
    measured,
    rise,
)


def test_a_value_above_the_limit_raises_at_once_and_one_at_the_limit_does_not():
    assert alarms(above(30), measured(0, 30), measured(5, 31), measured(9, 30)) == [(5, 9)]


def test_a_value_below_the_limit_raises_at_once():
    assert alarms(below(20), measured(0, 20), measured(5, 19), measured(9, 20)) == [(5, 9)]


def test_with_a_duration_it_raises_when_the_limit_was_exceeded_that_long():
    hot = [measured(at, 31) for at in (10, 40, 70)]
    assert alarms(above(30, lasting=60), *hot, measured(90, 29)) == [(70, 90)]


def test_an_interruption_starts_the_duration_again():
    signals = [measured(0, 31), measured(50, 30), measured(55, 31), measured(130, 29)]
    assert alarms(above(30, lasting=60), *signals) == [(115, 130)]


def test_the_duration_runs_out_without_another_value():
    assert alarms(above(30, lasting=60), measured(0, 31)) == [(60, None)]


def test_a_value_that_ends_it_at_the_very_end_of_the_duration_raises_no_alarm():
    assert alarms(above(30, lasting=60), measured(0, 31), measured(60, 29)) == []


def test_hysteresis_holds_the_alarm_until_the_other_limit():
    values = [measured(0, 31), measured(10, 28), measured(20, 31), measured(30, 25)]
    assert alarms(above(30, clear=25), *values) == [(0, 30)]


def test_a_number_that_the_signal_lacks_changes_no_threshold():
    assert alarms(above(30), measured(0, 31), happened(5, "t", other=1.0)) == [(0, None)]


def test_a_rise_within_the_time_raises_and_a_slower_one_does_not():
    slow = [measured(at, at / 60) for at in range(0, 600, 10)]
    assert alarms(rise(5, within=60), *slow) == []
    fast = [measured(0, 20), measured(30, 22), measured(50, 25), measured(55, 25)]
    assert alarms(rise(5, within=60), *fast) == [(50, 60)]


def test_a_rise_is_measured_from_the_lowest_value_of_the_time():
    values = [measured(0, 30), measured(10, 20), measured(20, 25)]
    assert alarms(rise(5, within=60), *values, until=30) == [(20, None)]


def test_a_fall_is_a_rise_upside_down():
    values = [measured(0, 25), measured(50, 20)]
    assert alarms(rise(5, within=60, rises=False), *values) == [(50, 60)]
    assert alarms(rise(5, within=60), *values) == []


def test_a_fast_sensor_is_remembered_by_sixtieths_of_the_time():
    values = [measured(at / 10, at / 10) for at in range(600)]
    assert alarms(rise(50, within=60), *values, until=59.9) == [(50, None)]


def test_silence_raises_after_its_time_and_ends_with_the_next_signal():
    signals = [measured(0, 1), measured(50, 1), measured(200, 1)]
    assert alarms(absence(60), *signals, until=220) == [(110, 200)]


def test_silence_counts_from_the_beginning_for_a_source_that_never_reported():
    assert alarms(absence(60), until=100) == [(60, None)]


def test_a_signal_at_the_end_of_the_time_is_in_time():
    assert alarms(absence(60), measured(60, 1), until=100) == []


def test_only_signals_with_the_value_end_a_silence():
    events = [happened(50, change="opened"), happened(80, change="closed")]
    assert alarms(absence(60, "e", "change", "closed"), *events, until=100) == [(60, 80)]


def test_so_many_events_within_the_time_raise_until_the_first_is_out_of_it():
    events = [happened(at) for at in (0, 100, 130, 150)]
    assert alarms(count(3, within=60), *events) == [(150, 160)]


def test_events_at_the_edge_of_the_time_are_not_together():
    assert alarms(count(2, within=60), happened(0), happened(60)) == []


def test_an_event_at_the_same_instant_counts_once():
    assert alarms(count(2, within=60), happened(0), happened(0)) == []


def test_only_events_with_the_value_count():
    events = [happened(0, change="opened"), happened(1, change="hit"), happened(2, change="hit")]
    assert alarms(count(2, 60, "change", "hit"), *events) == [(2, 61)]


def test_all_parts_have_to_hold_at_once():
    both = All((above(30), above(60, kind="humidity")))
    signals = [measured(0, 31), measured(10, 61, "humidity"), measured(20, 29)]
    assert alarms(both, *signals) == [(10, 20)]


def test_one_of_several_parts_is_enough():
    either = Any((above(30), All((below(20), absence(60, kind="door")))))
    signals = [measured(0, 31), measured(10, 25), measured(20, 19)]
    assert alarms(either, *signals) == [(0, 10), (60, None)]


NIGHT = TimeProfile(frozenset(range(7)), time(22), time(6), "Asia/Shanghai")  # 14:00 to 22:00 UTC


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "expected"),
    [
        (1, 2, []),
        (15, 16, [(15, 16)]),
        (13, 16, [(14, 16)]),
        (21, 23, [(21, 22)]),
        (13, 23, [(14, 22)]),
    ],
)
def test_outside_its_times_a_rule_raises_no_alarm(from_hour, to_hour, expected):
    signals = [measured(from_hour * 3600, 31), measured(to_hour * 3600, 29)]
    found = alarms(above(30), *signals, until=86_400, profile=NIGHT)
    assert found == [(begin * 3600, end * 3600) for begin, end in expected]


def test_a_time_may_be_limited_to_days_on_which_it_begins():
    monday = TimeProfile(frozenset({0}), time(22), time(6), "UTC")
    found = alarms(above(30), measured(0, 31), until=3 * 86_400, profile=monday)
    assert found == [(22 * 3600, 30 * 3600)]


def test_a_time_begins_by_the_clock_of_the_site_also_when_clocks_change():
    # On 29 March 2026 clocks in Berlin go from 02:00 to 03:00: 22:00 is 20:00 UTC from then on.
    evening = TimeProfile(frozenset(range(7)), time(22), time(23), "Europe/Berlin")
    begin = 26 * 86_400  # 28 March
    found = alarms(above(30), measured(begin, 31), until=begin + 2 * 86_400, profile=evening)
    assert found == [
        (begin + 21 * 3600, begin + 22 * 3600),
        (begin + 86_400 + 20 * 3600, begin + 86_400 + 21 * 3600),
    ]
