"""`manage.py fees`: JSON lines in, JSON lines out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fees.cli import answer
from tests.specification import ABSENT, SHARED

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = SHARED / "golden" / "property.json"
AREA = {"area": "89.63", "price": "2.80"}
METER = {"start": "10", "end": "20", "price": "1"}
LATE = {"principal": "100.00", "rate_per_day": "0.001", "due": "2026-03-31"}
CREDIT = {
    "prepaid_from": "2026-01-01",
    "months": 6,
    "monthly": "50.00 x 2.00",
    "move_out": "2026-04-11",
}


def ask(kind, /, **fields):
    return json.loads(answer(json.dumps({"kind": kind, "input": fields}).encode()))


def golden_cases():
    if not GOLDEN.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
    examples = json.loads(GOLDEN.read_text())["examples"]
    return [
        pytest.param(case, id=f"{example['id']}-{number}")
        for example in examples
        for number, case in enumerate(example["cases"])
    ]


def expected(expect):
    if isinstance(expect, dict):
        return expect
    first = expect[0]
    if isinstance(first, str) and first.startswith("error:"):
        return {"error": first.removeprefix("error:")}
    return {"amounts": expect}


@pytest.mark.shared
@pytest.mark.parametrize("case", golden_cases())
def test_the_specifications_cases(case):
    answered = ask(case["kind"], **case["input"])
    if "error" in answered:
        answered.pop("at")
    assert answered == expected(case["expect"])


def test_numbers_may_be_json_numbers_and_are_never_floats():
    line = b'{"kind": "area", "input": {"area": 89.63, "price": 2.80, "months": 3}}'
    assert json.loads(answer(line)) == {"amounts": [25096] * 3}


def test_a_currency_has_its_own_minor_unit():
    assert ask("area", area="10", price="33.34", currency="JPY") == {"amounts": [333]}
    assert ask("area", area="10", price="1.2345", currency="KWD") == {"amounts": [12345]}


def test_a_period_over_months_has_a_line_for_each():
    answered = ask("proration", area="100", price="3", **{"from": "2026-01-31", "to": "2026-03-02"})
    assert answered == {"amounts": [968, 30000, 968]}


def test_a_meters_consumption_may_be_priced_by_tiers():
    tiers = [["5", "1.00"], [None, "2.00"]]
    answered = ask("meter", start="0", end="4", multiplier=2, used_before="1", tiers=tiers)
    assert answered == {"amounts": [400, 800]}


def test_a_payment_before_the_due_day_leaves_a_fee_on_the_rest_only():
    paid = [["2026-03-01", "60.00"], ["2026-04-10", "rest"]]
    assert ask("late_fee", **LATE, paid=paid) == {"amounts": [40]}
    assert ask("late_fee", **LATE, paid=paid, allocation="late_fee_first") == {"amounts": [40]}


def test_a_payment_smaller_than_the_late_fee_leaves_the_principal_and_no_fee_on_the_fee():
    paid = [["2026-04-10", "0.40"], ["2026-04-20", "rest"]]
    answered = ask("late_fee", **LATE, paid=paid, allocation="late_fee_first")
    assert answered == {"amounts": [100, 100]}


def test_late_fees_posted_at_several_payments_never_exceed_the_principal():
    paid = [["2028-01-01", "1.00"], ["2030-01-01", "1.00"]]
    answered = ask("late_fee", **LATE, paid=paid, allocation="late_fee_first")
    assert sum(answered["amounts"]) == 10000


def test_the_monthly_amount_of_a_credit_may_be_given_at_once():
    assert ask("credit_note", **CREDIT | {"monthly": "100"}) == {"amounts": [26667]}
    assert ask("credit_note", **CREDIT | {"move_out": "2026-01-01"}) == {"amounts": [60000]}
    assert ask("credit_note", **CREDIT | {"move_out": "2026-07-01"}) == {"amounts": [0]}


@pytest.mark.parametrize(
    ("kind", "fields", "error", "at"),
    [
        ("rent", {}, "not_a_choice", "kind"),
        ("area", {"price": "1"}, "missing", "area"),
        ("area", AREA | {"area": "a lot"}, "not_a_number", "area"),
        ("area", AREA | {"area": True}, "not_a_number", "area"),
        ("area", AREA | {"area": "-1"}, "out_of_range", "area"),
        ("area", AREA | {"price": "1e3"}, "not_a_number", "price"),
        ("area", AREA | {"price": "0.0000000001"}, "too_many_decimals", "price"),
        ("area", AREA | {"price": "1" * 20}, "out_of_range", "price"),
        ("area", AREA | {"months": "1.5"}, "not_a_whole_number", "months"),
        ("area", AREA | {"months": 9999}, "out_of_range", "months"),
        ("area", AREA | {"currency": "QQQ"}, "not_a_choice", "currency"),
        ("proration", AREA | {"from": "2026-02-30", "to": "2026-03-01"}, "not_a_date", "from"),
        ("proration", AREA | {"from": "20260203", "to": "2026-03-01"}, "not_a_date", "from"),
        ("proration", AREA | {"from": "0001-01-01", "to": "2026-03-01"}, "out_of_range", "from"),
        ("proration", AREA | {"from": "2026-03-01", "to": "2026-03-01"}, "end_before_begin", "to"),
        (
            "change",
            {"kind": "price_change", "area": "1", "month": "2026-13"},
            "not_a_date",
            "month",
        ),
        (
            "change",
            {
                "kind": "price_change",
                "area": "1",
                "month": "2026-06",
                "prices": [["2026-06-02", "1"]],
            },
            "no_price",
            "prices",
        ),
        (
            "change",
            {
                "kind": "price_change",
                "area": "1",
                "month": "2026-06",
                "prices": [["2026-06-01", "1"], ["2026-06-01", "2"]],
            },
            "not_ascending",
            "prices[1]",
        ),
        (
            "change",
            AREA | {"kind": "owner_change", "month": "2026-06", "handover": "2026-07-08"},
            "out_of_range",
            "handover",
        ),
        ("tiers", {"used": "1", "tiers": []}, "not_a_list", "tiers"),
        ("tiers", {"used": "1", "tiers": [["5", "1"]]}, "last_tier_has_an_end", "tiers[0]"),
        ("tiers", {"used": "1", "tiers": [["5", "x"], [None, "1"]]}, "not_a_number", "tiers[0][1]"),
        (
            "tiers",
            {"used": "1", "tiers": [["5", "1"], ["5", "2"], [None, "3"]]},
            "not_ascending",
            "tiers[1]",
        ),
        ("tiers", {"used": "1", "tiers": [["5"]]}, "not_a_pair", "tiers[0]"),
        ("meter", METER | {"end": "5"}, "reading_decreased", "end"),
        ("meter", METER | {"end": "5", "rollover_confirmed": True}, "reading_decreased", "end"),
        ("meter", METER | {"digits": 1}, "out_of_range", "end"),
        ("meter", METER | {"rollover_confirmed": "yes"}, "not_true_or_false", "rollover_confirmed"),
        (
            "meter",
            {"parts": [["1", "2"], ["5", "3"]], "price": "1"},
            "reading_decreased",
            "parts[1][1]",
        ),
        ("late_fee", LATE | {"paid": [["2026-04-01", "-1"]]}, "out_of_range", "paid[0][1]"),
        ("late_fee", LATE | {"paid": "all"}, "not_a_list", "paid"),
        ("late_fee", LATE | {"days": 1, "cap": "none"}, "not_a_choice", "cap"),
        ("vat", {"gross": [106], "vat": "6"}, "out_of_range", "vat"),
        ("vat", {"gross": ["1.5"], "vat": "0.06"}, "not_a_whole_number", "gross[0]"),
        ("shared_cost", {"shared": "1", "by_area": ["0", "0"]}, "no_weight", "by_area"),
        ("credit_note", CREDIT | {"monthly": "1 x 2 x 3"}, "not_a_number", "monthly"),
        ("credit_note", CREDIT | {"monthly": 5}, "not_a_text", "monthly"),
        (
            "credit_note",
            CREDIT | {"prepaid_from": "2026-01-02"},
            "not_first_of_month",
            "prepaid_from",
        ),
        ("credit_note", CREDIT | {"move_out": "2026-07-02"}, "out_of_range", "move_out"),
    ],
)
def test_a_faulty_field_is_named(kind, fields, error, at):
    assert ask(kind, **fields) == {"error": error, "at": at}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"kind": "area", "input": {"area": ' + b"9" * 5000 + b"}}", "not_json"),
        (b'{"kind": "area", "input": {"area": 1e99999999999999999999}}', "not_json"),
        (b'{"kind": "area", "input": {"area": 1e400}}', "out_of_range"),
        (b'{"kind": "area", "input": {"area": NaN}}', "not_a_number"),
        (b"[]", "not_an_object"),
        (b'{"kind": "area", "input": []}', "not_an_object"),
    ],
)
def test_a_line_that_is_no_request_is_answered(line, error):
    assert json.loads(answer(line))["error"] == error


@given(st.binary(max_size=60) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(
    lambda value: json.dumps({"kind": "tiers", "input": {"used": "1", "tiers": value}}).encode()
))  # fmt: skip
def test_no_line_ends_the_program(line):
    assert json.loads(answer(line))


def test_the_command_answers_without_a_database():
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "fees"],
        input=json.dumps({"kind": "area", "input": AREA}) + "\nx\n",
        env=os.environ | {"DATABASE_URL": "postgres:///nothing"},
        capture_output=True,
        text=True,
        check=True,
    )
    amounts, error = map(json.loads, done.stdout.splitlines())
    assert (amounts, error) == ({"amounts": [25096]}, {"error": "not_json", "at": "line"})


@pytest.mark.parametrize(
    ("kind", "fields", "answered"),
    [
        ("meter", METER | {"multiplier": "2.5"}, {"amounts": [2500]}),
        ("meter", METER | {"currency": "JPY"}, {"amounts": [10]}),
        ("late_fee", LATE | {"days": 10}, {"amounts": [100]}),
        ("late_fee", LATE | {"days": 5000}, {"amounts": [10000]}),
        ("vat", {"vat": "0.06", "gross": [10600]}, {"net": [10000], "vat": [600]}),
        ("vat", {"vat": "0.06", "gross": [106, 53]}, {"net_total": 150, "vat_total": 9}),
        (
            "change",
            {
                "kind": "owner_change",
                "month": "2026-06",
                "handover": "2026-06-16",
                **AREA,
                "area": "100",
            },
            {"amounts": [14000, 14000]},
        ),
    ],
)
def test_each_kind_of_request_is_answered(kind, fields, answered):
    assert ask(kind, **fields) == answered


def test_a_handover_in_another_month_is_named():
    fields = {"kind": "owner_change", "month": "2026-06", "handover": "2026-07-01", **AREA}
    assert ask("change", **fields) == {"error": "out_of_range", "at": "handover"}


def test_a_period_of_too_many_days_is_named():
    days = {"from": "1900-01-01", "to": "2400-01-01"}
    assert ask("proration", **AREA | days) == {"error": "out_of_range", "at": "to"}
