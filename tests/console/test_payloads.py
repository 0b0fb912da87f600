"""Rejected payloads as text."""

import pytest

from console.payloads import hex_dump, readable


def test_json_is_indented():
    assert readable('{"plate":"沪A1"}'.encode()).text == '{\n  "plate": "沪A1"\n}'


def test_text_that_is_no_json_is_shown_unchanged():
    assert readable(b'{"plate":').text == '{"plate":'


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"a\x00b", b"\x1b[31m"])
def test_anything_else_is_a_hex_dump(payload):
    assert readable(payload).text == hex_dump(payload)


def test_a_hex_dump_has_offset_bytes_and_printable_ascii():
    assert hex_dump(b"AB\x00" + bytes(14)).splitlines() == [
        "00000000  41 42 00 00 00 00 00 00 00 00 00 00 00 00 00 00  AB..............",
        "00000010  00                                               .",
    ]


@pytest.mark.parametrize("payload", [b"x" * 40_000, b"\xff" * 40_000, b"[" + b"1," * 9000 + b"1]"])
def test_a_large_payload_is_cut_and_marked(payload):
    shown = readable(payload)
    assert not shown.shown_whole
    assert shown.kept_whole


def test_a_partially_stored_payload_is_marked():
    assert not readable(b"x", size=400_000).kept_whole


def test_deeply_nested_json_is_shown_unchanged():
    assert readable(b"[" * 30_000).text == "[" * 30_000


def test_an_empty_payload_is_an_empty_text():
    assert readable(b"").text == ""
