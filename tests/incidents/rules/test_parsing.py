"""Definitions of rules in JSON: what is read, and which field an error names."""

from datetime import time, timedelta

import pytest

from incidents.rules.errors import RuleError
from incidents.rules.model import Absence, All, Count, Rate, Threshold
from incidents.rules.parsing import parse
from incidents.rules.profile import TimeProfile

HOT = {
    "type": "threshold",
    "kind": "telemetry.temperature.c",
    "field": "value",
    "above": True,
    "limit": 60,
    "clear": 55,
    "lasting_s": 300,
}
SILENT = {"type": "absence", "kind": "telemetry.temperature.c", "lasting_s": 3600}
RISE = {
    "type": "rate",
    "kind": "telemetry.temperature.c",
    "field": "value",
    "rises": True,
    "amount": 5,
    "within_s": 60,
}
HITS = {
    "type": "count",
    "kind": "barrier",
    "least": 3,
    "within_s": 600,
    "field": "change",
    "equals": "hit",
}


def of(condition):
    return parse({"condition": condition}, "UTC").condition


def test_each_type_of_condition_is_read():
    both = {"type": "all", "parts": [HOT, SILENT, RISE, HITS]}
    kind = "telemetry.temperature.c"
    assert of(both) == All(
        (
            Threshold(kind, "value", True, 60, 55, timedelta(minutes=5)),
            Absence(kind, timedelta(hours=1)),
            Rate(kind, "value", True, 5, timedelta(minutes=1)),
            Count("barrier", 3, timedelta(minutes=10), "change", "hit"),
        )
    )


def test_without_a_second_limit_a_threshold_ends_at_its_limit():
    assert of({key: value for key, value in HOT.items() if key != "clear"}).clear == 60


def test_a_profile_is_in_the_time_zone_of_the_site():
    profile = {"days": [0, 6], "begins": "22:00", "ends": "06:30"}
    rule = parse({"condition": SILENT, "profile": profile}, "Asia/Shanghai")
    assert rule.profile == TimeProfile(frozenset({0, 6}), time(22), time(6, 30), "Asia/Shanghai")


def test_a_rule_knows_what_it_watches_and_how_long_it_remembers():
    rule = parse({"condition": {"type": "any", "parts": [HOT, HITS]}}, "UTC")
    assert rule.kinds == {"telemetry.temperature.c", "barrier"}
    assert rule.memory == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("definition", "at", "code"),
    [
        ([], "definition", "not_an_object"),
        ({}, "condition", "missing"),
        ({"condition": 1}, "condition", "not_an_object"),
        ({"condition": {}}, "condition.type", "missing"),
        ({"condition": {"type": "guess"}}, "condition.type", "condition_type_unknown"),
        ({"condition": HOT | {"limit": "60"}}, "condition.limit", "not_a_number"),
        ({"condition": HOT | {"limit": float("nan")}}, "condition.limit", "not_a_number"),
        ({"condition": HOT | {"limit": True}}, "condition.limit", "not_a_number"),
        ({"condition": HOT | {"clear": 61}}, "condition.clear", "clear_beyond_limit"),
        (
            {"condition": HOT | {"above": False, "clear": 59}},
            "condition.clear",
            "clear_beyond_limit",
        ),
        ({"condition": HOT | {"above": 1}}, "condition.above", "not_a_flag"),
        ({"condition": HOT | {"lasting_s": -1}}, "condition.lasting_s", "time_out_of_range"),
        ({"condition": HOT | {"lasting_s": 1.5}}, "condition.lasting_s", "time_out_of_range"),
        ({"condition": HOT | {"lastng_s": 1}}, "condition.lastng_s", "unknown_field"),
        ({"condition": HOT | {"kind": ""}}, "condition.kind", "not_a_text"),
        ({"condition": RISE | {"amount": 0}}, "condition.amount", "not_positive"),
        ({"condition": SILENT | {"lasting_s": 0}}, "condition.lasting_s", "time_out_of_range"),
        ({"condition": HITS | {"least": 0}}, "condition.least", "count_out_of_range"),
        ({"condition": HITS | {"least": 1.5}}, "condition.least", "count_out_of_range"),
        ({"condition": HITS | {"equals": None}}, "condition.equals", "not_a_text"),
        ({"condition": {"type": "all", "parts": []}}, "condition.parts", "part_count"),
        ({"condition": {"type": "all", "parts": [HOT] * 9}}, "condition.parts", "part_count"),
        (
            {"condition": {"type": "any", "parts": [HOT, SILENT | {"kind": 1}]}},
            "condition.parts[1].kind",
            "not_a_text",
        ),
        ({"condition": SILENT, "profil": {}}, "profil", "unknown_field"),
        (
            {"condition": SILENT, "profile": {"days": [7], "begins": "1:00", "ends": "2:00"}},
            "profile.days",
            "not_days",
        ),
        (
            {"condition": SILENT, "profile": {"days": [1], "begins": "24:00", "ends": "2:00"}},
            "profile.begins",
            "not_a_time",
        ),
    ],
)
def test_an_error_names_the_field(definition, at, code):
    with pytest.raises(RuleError) as error:
        parse(definition, "UTC")
    assert (error.value.at, error.value.code) == (at, code)


def test_combinations_may_be_nested_three_deep_and_no_further():
    condition = SILENT
    for _level in range(3):
        condition = {"type": "all", "parts": [condition]}
    assert of(condition)
    with pytest.raises(RuleError) as error:
        of({"type": "all", "parts": [condition]})
    assert error.value.code == "too_deep"
