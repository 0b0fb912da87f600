"""`manage.py price`: JSON lines in, JSON lines out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.cli import Door
from tests.pricing.cases import document

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "tariff": document(exit_grace_minutes=15),
    "entry": "2026-03-04T10:00:00+01:00",
    "exit": "2026-03-04T11:30:00+01:00",
}


SPAN = ["2026-03-04T10:00:00+01:00", "2026-03-04T10:45:00+01:00"]


def answer_to(request):
    line = request if isinstance(request, bytes) else json.dumps(request).encode()
    return json.loads(Door().answer(line))


def test_a_stay_is_answered_with_its_price_and_lines():
    assert answer_to(GOOD) == {
        "amount": 200,
        "due": 200,
        "currency": "EUR",
        "lines": [
            {
                "element": "all",
                "step": 0,
                "from": "2026-03-04T10:00:00+01:00",
                "to": "2026-03-04T11:30:00+01:00",
                "units": 2,
                "amount": 200,
                "cap": None,
            }
        ],
        "tariff": "test@1",
    }


def test_one_payment_or_a_list_of_them_lowers_what_is_due():
    one = {"at": "2026-03-04T10:30:00+01:00", "amount": 80}

    assert answer_to(GOOD | {"paid": one})["due"] == 120
    assert answer_to(GOOD | {"paid": [one, one]})["due"] == 40
    assert answer_to(GOOD | {"paid": None})["due"] == 200


def test_a_pass_and_a_vehicle_type_are_taken_into_account():
    assert answer_to(GOOD | {"covered_until": "2026-03-04T11:00:00+01:00"})["amount"] == 100
    assert answer_to(GOOD | {"vehicle": "small"})["amount"] == 200


def test_other_keys_of_a_line_are_left_alone():
    assert answer_to(GOOD | {"row": 17})["amount"] == 200


def test_a_line_may_begin_with_the_mark_that_spreadsheets_write():
    assert answer_to(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())["amount"] == 200


PAID = {"at": "2026-03-04T10:30:00+01:00", "amount": 5}


def test_covered_spans_are_not_charged():
    assert answer_to(GOOD | {"covered": [SPAN]})["amount"] == answer_to(GOOD)["amount"] - 100


@pytest.mark.parametrize(
    ("request_", "place", "hint"),
    [
        (b"{", "line", "not JSON"),
        (b"", "line", "not JSON"),
        (b"\xff\xfe", "line", "UTF-8"),
        (b"[" * 100_000, "line", "not JSON"),
        ([], "line", "object"),
        ({}, "tariff", "missing"),
        (GOOD | {"tariff": None}, "tariff", "object"),
        (GOOD | {"tariff": document({"unit": 0, "price": 1})}, "elements[0].steps[0].unit", "1"),
        ({"tariff": GOOD["tariff"], "exit": GOOD["exit"]}, "entry", "missing"),
        (GOOD | {"entry": "yesterday"}, "entry", "no time"),
        (GOOD | {"entry": 1_772_614_800}, "entry", "text"),
        (GOOD | {"entry": "2026-03-04T10:00:00"}, "entry", "time zone"),
        (GOOD | {"exit": "2026-03-04"}, "exit", "time zone"),
        (GOOD | {"entry": "0001-01-01T00:00:00+01:00"}, "entry", "years"),
        (GOOD | {"exit": "2026-03-04T09:59:59+01:00"}, "exit", "before entry"),
        (GOOD | {"exit": "2126-03-04T09:59:59+01:00"}, "exit", "check the dates"),
        (GOOD | {"paid": 5}, "paid", "object"),
        (GOOD | {"paid": PAID | {"amount": -5}}, "paid.amount", "0 or more"),
        (GOOD | {"paid": PAID | {"amount": 5.0}}, "paid.amount", "whole number"),
        (GOOD | {"paid": PAID | {"amount": True}}, "paid.amount", "whole number"),
        (GOOD | {"paid": {"amount": 5}}, "paid.at", "missing"),
        (GOOD | {"paid": [PAID, PAID | {"at": "noon"}]}, "paid[1].at", "no time"),
        (GOOD | {"covered_until": "2026-03-04T10:00"}, "covered_until", "time zone"),
        (GOOD | {"vehicle": 3}, "vehicle", "quotes"),
        (GOOD | {"entry": "20260304T100000+0100"}, "entry", "no time"),
        (GOOD | {"entry": "2026-W10-3T10:00:00+01:00"}, "entry", "no time"),
        (GOOD | {"entry": "2026-03-04T24:30:00+01:00"}, "entry", "no time"),
        (GOOD | {"covered": "2026-03-04"}, "covered", "list of pairs"),
        (GOOD | {"covered": [["2026-03-04T10:00:00+01:00"]]}, "covered[0]", "pair"),
        (GOOD | {"covered": [SPAN, [SPAN[0], None]]}, "covered[1][1]", "missing"),
        (GOOD | {"covered": [SPAN, SPAN[::-1]]}, "covered[1][1]", "before"),
        (GOOD | {"covered": [[SPAN[0], "3026-03-04T10:00:00Z"]]}, "covered[0][1]", "years"),
    ],
)
def test_a_bad_line_is_answered_with_the_place_and_the_hint(request_, place, hint):
    answer = answer_to(request_)

    assert answer["at"] == place
    assert hint in answer["error"]


def test_an_unknown_vehicle_type_that_no_element_covers_is_named():
    lorry = {"id": "l", "when": {"vehicle": ["lorry"]}, "steps": [{"unit": 60, "price": 1}]}

    assert (
        answer_to(GOOD | {"tariff": document(elements=[lorry]), "vehicle": "boat"})["at"]
        == "vehicle"
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_line_is_answered(data):
    request = json.loads(json.dumps(GOOD))
    places = [request, request["tariff"], request["tariff"]["elements"][0]]
    place = data.draw(st.sampled_from(places))
    key = data.draw(st.sampled_from([*sorted(place), "when", "caps", "free", "paid", "calendar"]))
    place[key] = data.draw(ANYTHING)

    answer = answer_to(request)

    assert ("amount" in answer) != ({"error", "at"} <= set(answer))


def test_many_different_tariffs_are_each_priced_by_their_own_content():
    door = Door()
    for round_ in range(2):
        for cost in range(1100):
            tariff = document({"unit": 60, "price": cost})
            answer = json.loads(door.answer(json.dumps(GOOD | {"tariff": tariff}).encode()))
            assert answer["amount"] == 2 * cost, round_


def test_the_command_answers_every_line_in_order_without_a_database():
    lines = [json.dumps(GOOD), "{not json", json.dumps({}), json.dumps(GOOD | {"exit": "?"})]
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}

    finished = subprocess.run(
        [sys.executable, "manage.py", "price"],
        input="\n".join([*lines, json.dumps(GOOD)]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )

    answers = [json.loads(line) for line in finished.stdout.splitlines()]
    assert [answer.get("amount", answer.get("at")) for answer in answers] == [
        200,
        "line",
        "tariff",
        "exit",
        200,
    ]
