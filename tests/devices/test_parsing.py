"""Strict parsing: makers' time formats, binary messages, and short command ids."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Rejection
from core.ids import ordered_id
from devices.drivers.parsing import Fields, binary_fields, json_value, short_id, text_fields

NEW_YORK = "America/New_York"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(text: object, timezone: str = NEW_YORK, received_at: datetime = NOON) -> datetime:
    return Fields({"time": text}).local_instant("time", timezone, received_at)


def test_local_time_is_of_the_sites_own_timezone():
    at = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
    assert read("2026-11-23 16:30:15", "Asia/Shanghai") == at
    assert read("2026-11-23 03:30:15") == at


def test_an_hour_that_comes_twice_is_the_one_that_it_arrived_in():
    # New York, 1 November 2026: 02:00 EDT is 01:00 EST.
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert read("2026-11-01 01:30:00", received_at=first) == first
    assert read("2026-11-01 01:30:00", received_at=second) == second


def test_an_hour_that_is_left_out_is_as_if_the_clocks_had_not_moved():
    # New York, 8 March 2026: 02:00 EST is 03:00 EDT.
    assert read("2026-03-08 02:30:00") == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23T03:30:15Z", "2026-13-23 03:30:15", "0001-01-01 00:00:00", "now", 5, None],
)
def test_a_time_that_is_not_local_is_rejected_by_field(text):
    with pytest.raises(Rejection) as refused:
        read(text, "Asia/Shanghai")
    assert refused.value.field == "time"


@pytest.mark.parametrize(
    ("count", "per_second", "at"),
    [
        (1_777_883_415, 1, datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC)),
        (1_777_883_415_250, 1000, datetime(2026, 5, 4, 8, 30, 15, 250_000, tzinfo=UTC)),
        (1_777_883_415_250_001, 10**6, datetime(2026, 5, 4, 8, 30, 15, 250_001, tzinfo=UTC)),
        (0, 1, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_counted_since_1970_to_the_microsecond(count, per_second, at):
    assert Fields({"ts": count}).unix("ts", per_second) == at


@pytest.mark.parametrize("count", [1_777_883_415_250, 10**30, -1, 1.5, "1777883415", True, None])
def test_a_value_that_is_not_unix_time_is_rejected_by_field(count):
    with pytest.raises(Rejection) as refused:
        Fields({"ts": count}, "body").unix("ts")
    assert refused.value.field == "body.ts"


def test_milliseconds_for_seconds_are_rejected_with_a_hint():
    with pytest.raises(Rejection, match="count the time in s since 1970"):
        Fields({"ts": 1_777_883_415_250}).unix("ts")


def test_a_command_s_id_is_written_in_22_characters_and_read_again():
    cmd_id = ordered_id()
    short = short_id(cmd_id)
    assert len(short) == 22
    assert Fields({"rid": short}).long_id("rid") == cmd_id


@pytest.mark.parametrize("wrong", ["", "17", "x" * 24, "A" * 21 + "B", "A" * 21 + "=", 7, None])
def test_a_value_that_is_not_our_id_is_rejected_by_field(wrong):
    with pytest.raises(Rejection) as refused:
        Fields({"rid": wrong}).long_id("rid")
    assert refused.value.field == "rid"


def test_bytes_are_read_by_the_names_of_their_parts():
    layout = struct.Struct(">BHI")
    said = binary_fields(layout.pack(1, 2, 3), layout, ("version", "level", "count"))
    assert (said.integer("version", 1, 1), said.integer("count", 0, 9)) == (1, 3)
    for wrong in (b"", b"\0" * 6, b"\0" * 8):
        with pytest.raises(Rejection, match="payload: has"):
            binary_fields(wrong, layout, ("version", "level", "count"))


NAMES = ("kind", "count", "seconds", "level", "firmware")


def line(payload: bytes) -> Fields:
    return text_fields(payload, ";", NAMES, 60)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_is_read_by_the_names_of_its_fields_and_digits_as_numbers(end):
    said = line(b"S;007;1777883415;-4.5;3" + end)
    assert (said.text("kind", 1), said.text("firmware", 9)) == ("S", "3")
    assert said.integer("count", 0, 9) == 7
    assert said.number("level", -10, 10) == -4.5
    assert said.unix("seconds") == datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"", "has 1 fields, not 5"),
        (b"S;1;2;3", "has 4 fields, not 5"),
        (b"S;1;2;3;4;5", "has 6 fields, not 5"),
        (b"S;1;2;3;4\nS;1;2;3;4", "has several lines"),
        (b"S;1;2;3;\xff", "is not UTF-8 at byte 8"),
        (b"S;1;2;3;" + b"4" * 60, "has 68 bytes, more than 60"),
    ],
)
def test_a_line_of_another_form_is_rejected(payload, problem):
    with pytest.raises(Rejection, match=f"payload: {problem}"):
        line(payload)


@pytest.mark.parametrize("wrong", ["", "x", "+1", " 1", "1e3", "0x1", "1_0", "1.", "٣", "9" * 21])
def test_what_is_no_digits_is_no_number_of_a_line(wrong):
    with pytest.raises(Rejection, match="level: is not a number"):
        line(f"S;1;2;{wrong};4".encode()).number("level", 0, 9e30)


def test_only_of_a_line_are_digits_a_number():
    with pytest.raises(Rejection, match="send a JSON number"):
        Fields({"count": "1"}).integer("count", 0, 9)


@pytest.mark.parametrize("value", ["{}", "1", '{"a":1}', "[[]]"])
def test_a_message_of_a_million_values_is_rejected_unparsed(value):
    text = f"[{','.join([value] * 200_000)}]"
    with pytest.raises(Rejection) as refused:
        json_value(text.encode(), 2**22)
    assert (refused.value.field, refused.value.code) == ("payload", "too_many_values")


def test_a_batch_of_readings_and_a_large_photo_are_parsed():
    reading = '{"at":"2026-05-04T08:30:15Z","id":"m1","v":3.5,"u":"V","q":0}'
    assert len(json_value(f"[{','.join([reading] * 1000)}]".encode(), 2**20)) == 1000
    assert json_value(b'{"image":"' + b"A" * 2_000_000 + b'"}', 2**22)
