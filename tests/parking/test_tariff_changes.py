"""What a new version of a tariff changes, in words; and the engine's faults in Chinese."""

import re

import pytest
from django.utils import translation

import pricing
from parking.labels import describe_tariff
from parking.tariff_changes import TariffChange, describe_changes
from parking.tariff_errors import describe_error
from tests.pricing.cases import DAY_AND_NIGHT, HOURLY, document

TOTAL = {"unit_at_boundary": "total"}


def changes(before: dict, after: dict) -> list[TariffChange]:
    return describe_changes(before, after)


def test_the_same_tariff_written_otherwise_changes_nothing():
    written = document(HOURLY | {"per": 60, "round": "up"}, ladder_reset="none", version=7)
    assert changes(document(), written) == []


def test_a_price_is_shown_before_and_after():
    (change,) = changes(document(), document(HOURLY | {"price": 150}))
    assert (change.what, change.before, change.after) == (
        "all",
        ["€1.00 per started 60 min"],
        ["€1.50 per started 60 min"],
    )


def test_rates_are_added_removed_and_put_in_another_order():
    day, night = DAY_AND_NIGHT
    both = document(elements=[day, night])
    added, _rules = changes(document(elements=[day]), both)
    assert (added.what, added.before) == ("night", [])
    removed, _rules = changes(both, document(elements=[night]))
    assert (removed.what, removed.after) == ("day", [])
    (moved,) = changes(both, document(elements=[night, day]))
    assert (moved.before, moved.after) == (["day, night"], ["night, day"])


def test_the_only_rate_applies_at_all_times_and_the_last_of_several_at_all_others():
    rest = {"id": "rest", "steps": [HOURLY]}
    descriptions = [
        describe_tariff(document(elements=elements)).elements[-1].when
        for elements in ([rest], [DAY_AND_NIGHT[0], rest])
    ]
    assert descriptions == [["at all times"], ["at all other times"]]


def test_rules_caps_and_special_days_are_named():
    after = document(
        caps=[{"window": "24h", "amounts": [900]}],
        free={"minutes": 20},
        calendar={"overrides": {"2026-02-17": "holiday"}},
    )
    rules, day = changes(document(), after)
    assert rules.before == ["No free minutes."]
    assert "At most €9.00 for 24 hours." in rules.after
    assert (day.what, day.before, day.after) == ("2026-02-17", [], ["holidays"])


@pytest.mark.parametrize(
    "faulty",
    [
        document(currency="QQQ"),
        document(timezone="Mars/Base"),
        document(calendar={"overrides": {"2026-2-17": "holiday"}}),
        document(HOURLY | {"upto": 60}),
        document(HOURLY, HOURLY),
        document(HOURLY | {"upto": 120}, HOURLY | {"upto": 60}, HOURLY),
        document(HOURLY | {"upto": 90}, HOURLY),
        document(elements=[*DAY_AND_NIGHT, DAY_AND_NIGHT[0]]),
        document(caps=[{"window": "day", "element": "all", "amounts": [1]}]),
        document(caps=[{"window": "segment", "element": "x", "amounts": [1]}]),
        document(elements=DAY_AND_NIGHT, **TOTAL),
        document(elements=DAY_AND_NIGHT[:1]),
        document(elements=[{"id": "a", "when": {"day_class": ["workday"]}, "steps": [HOURLY]}]),
        document(elements=[{"id": "a", "when": {"day_class": ["weekend"]}, "steps": [HOURLY]}]),
        document(elements=[{"id": "a", "when": {"vehicle": ["x"]}, "steps": [HOURLY]}]),
        document(
            elements=[
                {
                    "id": "a",
                    "when": {"time": ["07:00", "19:00"]},
                    "steps": [{"unit": 30, "price": 300}],
                },
                {"id": "b", "steps": [{"unit": 30, "price": 30}]},
            ],
            **TOTAL,
        ),
    ],
)
def test_a_fault_that_the_fields_allow_is_named_in_chinese(faulty):
    with pytest.raises(pricing.TariffError) as refused:
        pricing.check_publishable(pricing.parse_tariff(faulty))
    with translation.override("zh-hans"):
        text = describe_error(refused.value)
    assert re.search("[\u4e00-\u9fff]", text)
    assert "%(" not in text
