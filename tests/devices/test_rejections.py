"""Rejections: a code, parameters, and texts in the reader's language."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from core.errors import Rejection
from devices import dead_letters
from devices.drivers import DRIVERS, gatehouse, generic_json
from devices.drivers.contract import Sender, Source
from devices.models import DeadLetter
from devices.rejections import CODES, LONGEST_PARAM, define, rejected, render

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
ONE = {"metrics": [{"metric": "t.c", "pointer": "/t"}]}
TIME = {"pointer": "/at", "form": "unix_s"}
CAR = {"pointer": "/car", "yes": ["1"], "no": ["0"]}
NAMED = re.compile(r"%\((\w+)\)s")
CHINESE = re.compile("[\u4e00-\u9fff]")


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Every `rejected(field, code, ...)` under devices/: its place, code and parameters."""
    for path in (settings.BASE_DIR / "devices").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "rejected":
                yield from codes_in(node, path)


def codes_in(call: ast.Call, path: Path) -> Iterator[tuple[str, str, set[str]]]:
    place = f"{path.relative_to(settings.BASE_DIR)}:{call.lineno}"
    code = call.args[1]
    choices = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    for each in choices:
        if isinstance(each, ast.Constant):
            yield place, each.value, {keyword.arg for keyword in call.keywords}
        else:
            assert ast.unparse(call.keywords[0]) == "**params", f"{place}: name the code"


def placeholders(code: str) -> set[str]:
    return set(NAMED.findall(" ".join(CODES[code])))


def rejection_of(options, message) -> Rejection:
    source = Source(7, 3, "t-1", generic_json.check_options(options))
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    with pytest.raises(Rejection) as raised:
        generic_json.read(source, Sender("t-1", "own"), payload, NOW)
    return raised.value


def test_every_rejection_has_a_defined_code_and_exactly_its_parameters():
    found = list(calls())
    assert len(found) > 100
    wrong = [
        (place, code)
        for place, code, params in found
        if code not in CODES or params != placeholders(code)
    ]
    assert wrong == []


def test_every_defined_code_is_used():
    assert set(CODES) - {code for _place, code, _params in calls()} == set()


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_text_has_its_chinese(code):
    params = dict.fromkeys(placeholders(code), "x")
    for text in CODES[code]:
        if NAMED.sub("", text):
            with translation.override("zh-hans"):
                assert CHINESE.search(translation.gettext(text) % params), text


def test_nothing_in_devices_raises_a_rejection_without_a_template():
    built = [
        path.name
        for path in (settings.BASE_DIR / "devices").rglob("*.py")
        if re.search(r"(?<!-> )\bRejection\($", path.read_text(), re.MULTILINE)
        or re.search(r"raise Rejection\(", path.read_text())
    ]
    assert built == ["rejections.py"] or built == []


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (ONE, {}, "metric_not_found"),
        (ONE, {"t": "19,5"}, "metric_not_a_number"),
        (ONE, b"{", "not_json"),
        (ONE, b"\xff", "not_utf8"),
        ({}, {}, "mapping_empty"),
        ({**ONE, "at": TIME}, {"t": 1}, "time_not_found"),
        ({**ONE, "at": TIME}, {"t": 1, "at": "now"}, "time_not_a_number"),
        ({**ONE, "at": TIME}, {"t": 1, "at": 1}, "too_old"),
        ({**ONE, "at": TIME}, {"t": 1, "at": NOW.timestamp() + 3600}, "in_the_future"),
        ({**ONE, "at": TIME}, {"t": 1, "at": 1e13}, "time_unit_wrong"),
        ({**ONE, "at": {**TIME, "form": "local"}}, {"t": 1, "at": "noon"}, "not_local_time"),
        (
            {**ONE, "at": {**TIME, "form": "rfc3339"}},
            {"t": 1, "at": "2026-05-04T08:30:00"},
            "no_utc_offset",
        ),
        ({**ONE, "id": "/id"}, {"t": 1}, "text_not_found"),
        ({**ONE, "id": "/id"}, {"t": 1, "id": "x" * 99}, "too_long"),
        ({"occupied": CAR}, {}, "answer_not_found"),
        ({"occupied": CAR}, {"car": "maybe"}, "value_unmapped"),
    ],
)
def test_a_mapping_s_rejection_has_a_code_and_is_shown_in_chinese(options, message, code):
    rejection = rejection_of(options, message)
    assert rejection.code == code
    with translation.override("zh-hans"):
        assert CHINESE.search(str(rejection.message))
        assert CHINESE.search(str(rejection.hint))


def test_a_rejection_is_read_in_the_language_of_its_reader():
    with pytest.raises(Rejection) as raised:
        gatehouse.read(Source(7, 3, "t-1"), Sender("t-1", "event"), b"{}", NOW)
    texts = (raised.value.message, raised.value.hint)
    with translation.override("zh-hans"):
        assert texts == ("必填", "请上报该字段")
    with translation.override("en"):
        assert texts == ("is required", "send it")


def test_values_stand_inside_the_sentence_in_every_language():
    params = rejected("t", "metric_not_a_number", value="19,5", metric="t.c").params
    assert render("metric_not_a_number", params, "en").message == "is '19,5', which is not a number"
    assert render("metric_not_a_number", params, "zh-hans").message == "为 '19,5'，不是数字"
    assert "t.c" in render("metric_not_a_number", params, "zh-hans").hint


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", "'abc'"),
        (5.5, "5.5"),
        (True, "True"),
        (None, "null"),
        ({"a": 1}, "dict"),
        ("a\0b", r"'a\x00b'"),
        ("\ud800", r"'\ud800'"),
        ("x" * 100, "'" + "x" * 58 + "…"),
    ],
)
def test_a_sender_s_value_is_shown_short_and_storable(value, shown):
    assert rejected("a", "out_of_range", value=value, low=1, high=2).params["value"] == shown


def test_parameters_are_cut_and_storable_and_json():
    error = "a\0\ud800" + "x" * 1000
    params = rejected("payload", "not_json", error=error).params
    assert len(params["error"]) == LONGEST_PARAM
    assert params["error"].startswith("a\ufffd?x")
    choices = rejected("a", "not_a_choice", value="b", choices=("", "c")).params["choices"]
    assert choices == '"", c'
    limits = rejected("a", "out_of_range", value=3, low=0, high=1e100).params
    assert (limits["low"], limits["high"]) == (0, "1e+100")
    json.dumps(params)


def test_a_code_can_not_be_defined_twice_with_different_texts():
    define("missing", *CODES["missing"])
    with pytest.raises(ValueError, match="missing is defined twice"):
        define("missing", "is away", "look for it")


def test_all_drivers_are_loaded_when_codes_are_rendered():
    assert DRIVERS
    assert render("controller_time_invalid", {"value": "'x'"}, "en") is not None


def test_a_code_that_no_driver_defines_any_more_is_not_rendered():
    assert render("legacy", {}) is None
    assert render("out_of_range", {}) is None, "its parameters changed since"


@pytest.mark.django_db
def test_a_dead_letter_stores_english_and_is_shown_in_the_reader_s_language():
    with translation.override("zh-hans"):
        rejection = rejected("at", "too_old", at=NOW, days=31)
        dead_letters.store("gh/v1/x", b"{}", rejection, None, NOW)
        letter = DeadLetter.objects.get()
        assert letter.texts == ("为 2026-05-04T08:30:00+00:00，早于 31 天前", "请校准设备时钟")
    assert letter.code == "too_old"
    assert letter.params == {"at": "2026-05-04T08:30:00+00:00", "days": 31}
    assert letter.message == "is 2026-05-04T08:30:00+00:00, more than 31 days ago"


@pytest.mark.django_db
def test_a_letter_of_version_0_1_is_shown_with_the_texts_it_came_with():
    rejection = Rejection("a", "legacy", "is odd", "look at it")
    letter = dead_letters.store("gh/v1/x", b"{}", rejection, None, NOW)
    assert letter.texts == ("is odd", "look at it")
