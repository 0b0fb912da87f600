"""The lines of fees in words."""

import pytest
from django.utils.translation import override

from billing.models import Charge
from fees.charge_sources import CREDITED
from fees.explanations import explain_fee, explain_late_fee, explain_one_off
from fees.models import SharedCost

AREA = {
    "item": "pm",
    "title": "Management fee",
    "title_zh": "物业费",
    "method": "area",
    "quantity": "89.5",
    "price": "2.5",
    "amount": 22375,
    "vat": 0,
    "from": "2026-11-01",
    "to": "2026-12-01",
    "days": 30,
    "of_days": 30,
}
READING = {
    "meter": "W-1",
    "start": "100",
    "start_id": 7,
    "end": "112.5",
    "end_id": 9,
    "multiplier": "1",
}
WATER = {
    **AREA,
    "title": "Water",
    "title_zh": "水费",
    "method": "meter",
    "quantity": "12.5",
    "price": "3.45",
    "tier": 1,
    "measure": "m3",
    "estimated": False,
    "readings": [READING],
}


def text_of(line: dict, language: str = "en") -> tuple[str, str]:
    with override(language):
        (text,) = explain_fee(Charge(currency="CNY"), [line])
    return text.what, text.how


def test_an_area_is_explained_as_area_times_price():
    assert text_of(AREA) == ("Management fee", "89.5 m² × CN¥2.50")
    assert text_of(AREA, "zh-hans") == ("物业费", "89.5 平方米 × ¥2.50")


def test_days_are_named_where_they_are_not_the_whole_month():
    part = {**AREA, "from": "2026-11-16", "days": 15}
    assert text_of(part)[1].endswith("15 of 30 days (2026-11-16 – 2026-11-30)")


def test_consumption_names_tier_meter_and_readings():
    what, how = text_of(WATER)
    assert what == "Water, tier 1"
    assert how == "12.5 m³ × CN¥3.45; meter W-1: 100 – 112.5"
    (text,) = explain_fee(Charge(currency="CNY"), [WATER])
    assert text.readings == (7, 9)


def test_an_estimate_and_a_multiplier_are_named():
    line = {**WATER, "estimated": True, "readings": [{**READING, "multiplier": "20"}]}
    assert text_of(line)[1].endswith("100 – 112.5 × 20, estimated")


@pytest.mark.parametrize(
    ("days", "expected"), [(30, "discount of 50 %"), (10, "discount of 50 %, 10 of 30 days")]
)
def test_a_discount_is_a_line_of_its_own(days, expected):
    line = {"item": "pm", "discount": "vacant", "percent": "50", "of": 100, "days": days}
    line |= {"of_days": 30, "amount": -50, "vat": 0}
    assert text_of(line)[0] == expected


PART = {"total": 100_000, "share": 7458, "key": "area", "weight": "89.5", "weights": "1200"}
SHARED = {**AREA, "method": "shared", "quantity": "1", "price": "74.58", "costs": [PART]}
DIVIDED = {
    "area": "CN¥74.58 of CN¥1,000.00, divided by area: 89.5 of 1200 m²",
    "equal": "CN¥74.58 of CN¥1,000.00, divided equally among 1200 units",
    "usage": "CN¥74.58 of CN¥1,000.00, divided by consumption: 89.5 of 1200",
    "coefficient": "CN¥74.58 of CN¥1,000.00, divided by coefficient: 89.5 of 1200",
}


@pytest.mark.parametrize("key", SharedCost.Key.values)
def test_a_shared_cost_names_its_total_the_share_and_the_basis(key):
    assert text_of({**SHARED, "costs": [{**PART, "key": key}]})[1] == DIVIDED[key]


def test_a_shared_cost_is_explained_in_chinese():
    expected = "总费用 ¥1,000.00 中分摊 ¥74.58，按面积：1200 平方米中占 89.5 平方米"
    assert text_of(SHARED, "zh-hans")[1] == expected


def test_each_of_several_shared_costs_is_named():
    how = text_of({**SHARED, "costs": [PART, {**PART, "key": "equal"}]})[1]
    assert how == f"{DIVIDED['area']}; {DIVIDED['equal']}"


def test_a_share_that_was_charged_before_its_cost_was_noted_names_the_share_alone():
    line = {key: value for key, value in SHARED.items() if key != "costs"}
    assert text_of(line)[1] == "part of a shared cost: CN¥74.58"


def test_lines_of_other_kinds_have_an_amount():
    assert text_of({"kind": "credit_note", "amount": -100}) == ("charge", "")


PANE = {
    "item": "repairs",
    "title": "Broken pane",
    "title_zh": "Broken pane",
    "fee": "Repairs",
    "fee_zh": "维修费",
    "day": "2026-11-03",
    "method": "one_off",
    "amount": 10_600,
    "vat": 600,
}


def explained_once(language, line):
    with override(language):
        (text,) = explain_one_off(Charge(), [line])
    return text


def test_a_single_charge_names_its_fee_and_its_day():
    text = explained_once("en", PANE)
    assert text.what == "Repairs"
    assert text.how == "entered by hand; for 2026-11-03"
    assert text.amount == 10_600


def test_a_single_charge_is_explained_in_chinese():
    text = explained_once("zh-hans", PANE)
    assert (text.what, text.how) == ("维修费", "手工录入；日期 2026-11-03")


def test_a_line_that_says_nothing_of_its_fee_is_explained_by_what_it_is_for():
    old = {key: PANE[key] for key in ("item", "title", "method", "amount")}
    text = explained_once("en", old)
    assert (text.what, text.how) == ("Broken pane", "entered by hand")


def test_a_fixed_fee_is_a_price_a_month():
    fixed = {**AREA, "method": "fixed", "quantity": "1", "price": "12"}
    assert text_of(fixed) == ("Management fee", "CN¥12.00 a month")


def test_what_is_carried_from_an_estimate_is_named():
    assert "settles -3.5 of the month before" in text_of({**WATER, "carried": "-3.5"})[1]


LATE = {
    "kind": "late_fee",
    "rate_per_day": "0.0005",
    "from": "2026-12-01",
    "until": "2026-12-31",
    "amount": 1550,
}


@pytest.mark.parametrize(
    ("line", "what", "how"),
    [
        (LATE, "late fee", "0.05 % a day, 2026-12-01 – 2026-12-31"),
        ({"kind": "waiver", "amount": -50, "reason": "hardship"}, "waived", "hardship"),
        ({"kind": CREDITED, "amount": -50}, "the fee was credited", ""),
    ],
)
def test_a_late_fee_names_its_rate_and_what_lowered_it(line, what, how):
    (text,) = explain_late_fee(Charge(currency="CNY"), [line])
    assert (text.what, text.how, text.amount) == (what, how, line["amount"])


def test_a_charge_by_hand_that_was_credited_is_a_charge():
    line = {"kind": "credit_note", "amount": -100}
    (text,) = explain_one_off(Charge(currency="CNY"), [line])
    assert (text.what, text.how) == ("charge", "")
