"""Telemetry messages are parsed, and a rejection names the field that breaks a rule."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejection
from devices.drivers import Sender
from devices.telemetry.message import (
    MAX_BYTES,
    Report,
    parse,
    parse_fast,
    parse_strict,
    sender_of,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEEP = timedelta(days=30)
GOOD = {"v": 1, "id": "a1", "at": "2026-03-01T15:59:58.25+08:00", "m": {"power.kw": 3.5, "on": 1}}


def take(said: object) -> Report:
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return parse(payload, NOW, KEEP)


def rejection_of(said: object) -> Rejection:
    with pytest.raises(Rejection) as caught:
        take(said)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_message_is_parsed_into_utc_time_and_numbers():
    assert take(GOOD) == Report(
        at=datetime(2026, 3, 1, 7, 59, 58, 250_000, tzinfo=UTC),
        values={"power.kw": 3.5, "on": 1.0},
    )


def test_the_topic_names_site_and_device():
    sender = Sender(name="meter-7", channel="telemetry", site="lakeside")
    assert sender_of("gh/v1/lakeside/meter-7/up/telemetry") == sender


@pytest.mark.parametrize("key", ["a1", 17, "x" * 100])
def test_an_id_is_a_text_or_a_whole_number(key):
    assert take({**GOOD, "id": key}).values


@pytest.mark.parametrize("at", ["2026-03-01T08:00:00Z", "2026-03-01t08:00:00.123456789z"])
def test_a_time_may_end_in_z(at):
    assert take({**GOOD, "at": at}).at.replace(microsecond=0) == NOW


def test_a_clock_slightly_ahead_is_tolerated():
    assert take({**GOOD, "at": "2026-03-01T08:05:00Z"}).at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"v": 2}, "v"),
        ({"v": True}, "v"),
        ({"v": None}, "v"),
        ({"id": ""}, "id"),
        ({"id": "x" * 101}, "id"),
        ({"id": True}, "id"),
        ({"id": None}, "id"),
        ({"at": None}, "at"),
        ({"at": 1_772_352_000}, "at"),
        ({"at": "2026-03-01T08:00:00"}, "at"),
        ({"at": "2026-03-01"}, "at"),
        ({"at": "20260301T080000Z"}, "at"),
        ({"at": "2026-02-30T08:00:00Z"}, "at"),
        ({"at": "2026-03-01T08:00:60Z"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": "2026-03-01T08:05:01Z"}, "at"),
        ({"at": "2026-01-30T07:59:59Z"}, "at"),
        ({"m": None}, "m"),
        ({"m": {}}, "m"),
        ({"m": [1, 2]}, "m"),
        ({"m": {f"n{i}": i for i in range(101)}}, "m"),
        ({"m": {"Power": 1}}, "m.Power"),
        ({"m": {"": 1}}, "m."),
        ({"m": {"温度": 1}}, "m.温度"),
        ({"m": {"n" * 61: 1}}, "m." + "n" * 61),
        ({"m": {"power": "3.5"}}, "m.power"),
        ({"m": {"power": None}}, "m.power"),
        ({"m": {"power": True}}, "m.power"),
        ({"m": {"power": float("nan")}}, "payload"),
        ({"m": {"power": float("-inf")}}, "payload"),
        ({"m": {"power": 1e101}}, "m.power"),
        ({"m": {"power": 10**400}}, "m.power"),
    ],
)
def test_a_rejection_names_the_field(change, field):
    assert rejection_of({**GOOD, **change}).field == field


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"1",
        b'"text"',
        b"[" * 100_000,
        b'{"v":1,"m":{"a":' + b"9" * 5000 + b"}}",
    ],
)
def test_other_than_a_json_object_in_utf8_is_rejected(payload):
    assert rejection_of(payload).field == "payload"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_names_the_encoding(encoding):
    assert take(json.dumps(GOOD).encode(encoding)) == take(GOOD)


def test_a_message_over_256_kib_is_rejected_unparsed():
    assert "262145 bytes" in rejection_of(b" " * (MAX_BYTES + 1)).message


@pytest.mark.parametrize("topic", ["gh/v1/a/b/up/event", "gh/v1/a/up/telemetry", "x", "\ufffd"])
def test_another_topic_is_rejected(topic):
    with pytest.raises(Rejection) as caught:
        sender_of(topic)
    assert caught.value.field == "topic"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["v", "id", "at", "m", "x"]), json_values))
def test_any_json_is_parsed_or_rejected(change):
    try:
        values = take({**GOOD, **change}).values
    except Rejection as rejection:
        values = {rejection.field: 0.0}
    assert all(type(value) is float for value in values.values())


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_rejected(payload):
    with pytest.raises(Rejection):
        take(payload)


def slowly(payload: bytes) -> Report | None:
    try:
        return parse_strict(payload)
    except Rejection:
        return None


odd_values = st.sampled_from(
    [None, True, False, 0, -0.0, 1.0, 1e99, 1e100, -1e100, 1e308, 10**30, float("nan"), "1", "", []]
)
numbers = st.integers() | st.floats() | odd_values
names = st.sampled_from(["power.kw", "on", "Power", "", "x" * 60, "x" * 61, "a b", "温度"])
instants = st.sampled_from(
    [
        "2026-03-01T08:00:00Z",
        "2026-03-01t08:00:00z",
        "2026-03-01 08:00:00.5-00:00",
        "2026-03-01T15:59:58.123456789+08:00",
        "2026-03-01T15:59:58.25+0800",
        "2026-03-01T08:00:00",
        "2026-03-01T24:00:00Z",
        "2026-03-01T08:00:60Z",
        "2026-03-01T08:00:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٦-03-01T08:00:00Z",
        "",
    ]
)
said = st.fixed_dictionaries(
    {},
    optional={
        "v": st.just(1) | odd_values,
        "id": st.just("a1") | st.text(max_size=3) | st.integers() | odd_values,
        "at": instants | odd_values,
        "m": st.dictionaries(names, numbers, max_size=4) | odd_values,
        "more": st.recursive(numbers | st.text(), st.lists, max_leaves=4),
    },
)


@given(said, st.booleans())
def test_the_fast_parser_agrees_with_the_strict_one(said, ascii_only):
    payload = json.dumps(said, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    quickly = parse_fast(payload)
    assert quickly is None or quickly == slowly(payload)


@given(st.binary(max_size=40), st.integers(0, 120))
def test_both_parsers_agree_on_damaged_messages(noise, at):
    whole = json.dumps(GOOD).encode()
    payload = whole[:at] + noise + whole[at:]
    quickly = parse_fast(payload)
    assert quickly is None or quickly == slowly(payload)


def test_a_common_message_takes_the_fast_parser_once_its_metrics_are_known():
    payload = json.dumps(GOOD).encode()
    assert parse_strict(payload) == parse_fast(payload)
