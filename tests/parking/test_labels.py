"""Descriptions of tariffs and price lines."""

from datetime import UTC, datetime

import pytest
from django.utils.translation import override

import pricing
from parking.labels import describe_lines, describe_tariff, tidy
from tests.factories import HOURLY

ENTRY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STEPS = [{"upto": 60, "unit": 60, "price": 500}, {"unit": 30, "price": 250}]
RICH = {
    **HOURLY,
    "elements": [
        {
            "id": "day",
            "when": {"time": ["07:00", "21:00"], "day_class": ["workday"], "vehicle": ["small"]},
            "steps": STEPS,
        },
        {"id": "night", "when": {"time": ["21:00", "07:00"]}, "steps": [{"flat": 500}]},
        {"id": "rest", "steps": [{"unit": 5, "price": 500, "per": 60}]},
    ],
    "caps": [
        {"window": "segment", "element": "night", "amounts": [500]},
        {"window": "24h", "amounts": [3000, 4000]},
    ],
    "ladder_reset": "24h",
    "min_charge": 100,
    "calendar": {"overrides": {"2026-02-17": "holiday", "2026-02-14": "workday"}},
}


def lines(document, hours):
    quote = pricing.price(pricing.parse_tariff(document), ENTRY, ENTRY.replace(hour=1 + hours))
    return describe_lines([line.as_dict() for line in quote.lines], document)


def test_a_charge_is_described_by_its_units_and_their_price():
    (line,) = lines(HOURLY, 3)
    assert (line.what, line.amount) == ("all", 1500)
    assert line.how == "3 × 60 min, CN¥5.00 per started 60 min"


def test_a_cap_is_a_line_of_its_own_with_a_negative_amount():
    capped = {**HOURLY, "caps": [{"window": "24h", "amounts": [1200]}]}
    _charge, cut = lines(capped, 3)
    assert (cut.what, cut.amount, cut.is_cut) == ("Cap", -300, True)
    assert "24 hours" in cut.how


def test_a_minimum_charge_is_named():
    least = {**HOURLY, "min_charge": 900}
    assert lines(least, 1)[-1].what == "Minimum charge"


def test_lines_without_their_document_are_described_by_element():
    (line,) = describe_lines(
        [
            {
                "element": "old",
                "step": 0,
                "from": "2026-01-01T00:00:00+08:00",
                "to": "2026-01-01T01:00:00+08:00",
                "units": 1,
                "amount": 500,
                "cap": None,
            }
        ],
        None,
    )
    assert (line.what, line.how, line.amount) == ("old", "", 500)


TITLED = {
    **HOURLY,
    "elements": [
        {"id": "all", "title": {"en": "Day and night", "zh-hans": "全天"}, "steps": STEPS}
    ],
    "caps": [{"window": "segment", "element": "all", "amounts": [3000]}],
}


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Day and night"), ("zh-hans", "全天"), ("fr", "all")]
)
def test_an_element_is_called_by_its_title_in_the_readers_language(language, title):
    with override(language):
        described = describe_tariff(TITLED)
        assert [line.what for line in lines(TITLED, 1)] == [title]
    assert described.elements[0].name == title
    assert any(f"“{title}”" in rule for rule in described.rules)


def test_a_title_changes_no_price():
    plain = {**TITLED, "elements": [{"id": "all", "steps": STEPS}]}
    assert [line.amount for line in lines(plain, 3)] == [line.amount for line in lines(TITLED, 3)]


def test_each_rate_is_described_by_its_times_and_steps():
    day, night, rest = describe_tariff(RICH).elements
    assert day.when == ["07:00 to 21:00", "workdays", "vehicles: small"]
    assert day.steps == [
        "first 60 min: CN¥5.00 per started 60 min",
        "after that: CN¥2.50 per started 30 min",
    ]
    assert night.steps == ["CN¥5.00 once"]
    assert rest.when == ["at all other times"]
    assert rest.steps == ["CN¥5.00 per 60 min, billed in 5 min"]


@pytest.mark.parametrize(
    "said",
    [
        "Up to 15 minutes are free; longer stays are charged in full.",
        "At most CN¥5.00 for each rate period of “night”.",
        "At most CN¥30.00, then CN¥40.00 for 24 hours.",
        "Minimum charge: CN¥1.00.",
        "After paying, you have 15 minutes to leave.",
        "Units are counted from zero every 24 hours after entry.",
        "Times are in time zone Asia/Shanghai.",
    ],
)
def test_the_other_rules_of_a_tariff_are_sentences(said):
    assert said in describe_tariff(RICH).rules


def test_days_of_another_kind_are_listed_in_order():
    assert describe_tariff(RICH).overrides == [
        ("2026-02-14", "workdays"),
        ("2026-02-17", "holidays"),
    ]


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (None, "No free minutes."),
        ({"minutes": 20, "kind": "deduct"}, "The first 20 minutes are free."),
        (
            {"minutes": 20, "repeat": "cycle"},
            "This applies again each time the count restarts.",
        ),
    ],
)
def test_free_minutes_are_described_by_their_kind(free, said):
    document = {key: value for key, value in HOURLY.items() if key != "free"}
    assert said in describe_tariff({**document, "free": free} if free else document).rules


def test_a_document_is_shown_in_the_order_of_the_specification():
    jumbled = dict(sorted(RICH.items(), reverse=True))
    shown = tidy(jumbled)
    assert list(shown)[:4] == ["schema", "id", "version", "currency"]
    assert pricing.parse_tariff(shown) == pricing.parse_tariff(RICH)


def test_descriptions_are_in_the_active_language():
    with override("zh-hans"):
        assert "¥5.00" in describe_tariff(HOURLY).elements[0].steps[0]
