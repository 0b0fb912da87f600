"""Alerts of CAP 1.2: the schema's order, times in UTC without Z, texts of any kind."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from integrations.police.cap.document import Circle, MessageType, Status, build
from integrations.police.cap.texts import clean_line, clean_text, token
from integrations.police.cap.times import cap_time, parse_time
from tests.integrations.police.alerts import (
    EARLIER,
    NAMES,
    PHOTO,
    SENT,
    alert,
    built,
    codes,
    element,
    info,
    require_schema,
    schema_errors,
)

HOSTILE = st.text(min_size=1, max_size=300) | st.sampled_from(
    [
        "<alert>&amp;]]></alert>",
        "\x00\x0b\x1f\x7f\x85",
        "\ud800 alone",
        "\ufffe\uffff",
        "🚨👩‍🚒 火警 \u202e gpj.exe",
        "a" * 100_000,
        "\r\n\r\n\t \u2028",
        "'\"><!--",
    ]
)


@pytest.mark.parametrize("type_", [MessageType.ALERT, MessageType.UPDATE, MessageType.CANCEL])
def test_an_alert_is_valid_by_the_schema_and_by_our_rules(type_):
    require_schema()
    root = build(alert(type_))
    assert schema_errors(root) == []
    assert codes(root) == []


def test_it_is_private_to_its_one_receiver():
    root = built(address="feed")
    assert element(root, "scope").text == "Private"
    assert [each.text for each in root.findall("cap:addresses", NAMES)] == ["feed"]


def test_times_are_in_utc_without_fractions_and_never_end_in_z():
    assert cap_time(SENT) == "2026-07-04T08:30:15-00:00"
    shanghai = timezone(timedelta(hours=8))
    assert cap_time(datetime(2026, 7, 4, 1, 0, tzinfo=shanghai)) == "2026-07-03T17:00:00-00:00"


# An hour that a zone has twice: Python never finds such a time equal to one of another zone.
@example(datetime(1953, 2, 28, 23, 0, tzinfo=ZoneInfo("America/Araguaina")))
@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_read_back_to_the_second(at):
    try:
        expected = at.astimezone(UTC).replace(microsecond=0)
    except OverflowError:  # a time that has no UTC in Python's years
        return
    assert parse_time(cap_time(at)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-04T08:30:15Z",
        "2026-07-04T08:30:15.5-00:00",
        "2026-07-04 08:30:15-00:00",
        "2026-07-04T08:30:15",
        "2026-13-04T08:30:15-00:00",
        "２026-07-04T08:30:15-00:00",
        "",
    ],
)
def test_other_spellings_of_times_are_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_time(text)


def test_evidence_has_the_digest_of_cap_and_a_stronger_one():
    root = built()
    assert element(root, "info/resource/digest").text == PHOTO.sha1
    assert element(root, "info/parameter/valueName").text == "evidence_sha256"
    assert element(root, "info/parameter/value").text == PHOTO.sha256


def test_references_are_triples_of_the_earlier_alerts():
    root = build(alert(MessageType.UPDATE))
    assert element(root, "references").text == str(EARLIER)
    assert str(EARLIER).split(",") == [EARLIER.sender, EARLIER.identifier, EARLIER.sent]


def test_what_has_no_value_is_left_out():
    root = built(infos=(info(resources=(), circle=None, sender_name=""),))
    for absent in ("info/senderName", "info/resource", "info/area/circle", "source", "references"):
        assert element(root, absent) is None


def test_a_circle_is_written_in_degrees_and_kilometres():
    assert str(Circle(-0.5, 121.47370001, 0.05)) == "-0.500000,121.473700 0.05"
    assert str(Circle(0.0000001, -180.0, 2.0)) == "0.000000,-180.000000 2"


def test_an_exercise_is_marked_by_its_status():
    assert element(built(status=Status.EXERCISE), "status").text == "Exercise"


@given(HOSTILE, HOSTILE, HOSTILE)
def test_any_text_of_a_person_gives_a_valid_alert(headline, description, place):
    told = info(
        headline=clean_line(headline, 160),
        description=clean_text(description, 2000),
        area=clean_line(place, 160) or "-",
    )
    document = etree.tostring(built(infos=(told,)))
    assert schema_errors(document) == []
    root = etree.fromstring(document)
    assert codes(root) == []
    assert (element(root, "info/headline") is None) == (not told.headline)
    assert root.xpath("count(//cap:info)", namespaces=NAMES) == 1


@given(st.text(max_size=400), st.integers(min_value=2, max_value=200))
def test_cleaned_texts_keep_their_limit_and_are_stable(text, limit):
    line, lines = clean_line(text, limit), clean_text(text, limit)
    assert len(line) <= limit
    assert len(lines) <= limit
    assert not set("\r\n\t\x00") & set(line)
    assert clean_line(line, limit) == line


def test_line_breaks_of_any_system_are_kept_in_descriptions():
    assert clean_text("one\r\ntwo\rthree\n\nfour  five\x07", 100) == "one\ntwo\nthree\n\nfour five"


@given(st.text(max_size=100))
def test_a_value_of_a_list_is_one_value(text):
    written = token(text)
    assert written.count('"') in (0, 2)
    assert " " not in written or (written[0] == written[-1] == '"')
