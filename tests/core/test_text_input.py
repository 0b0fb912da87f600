"""Texts of people and devices: byte order marks, UTF-16, code pages, named delimiters."""

import codecs
import json

import pytest

from core.errors import Rejection
from core.text_input import decode, decode_spreadsheet, parse_json
from estate import device_list
from estate.provisioning import _options
from parking.publishing import read_tariff
from tests.factories import LotFactory, TariffFactory

TABLE = "code,kind,driver,name\ncam-1,camera,vzenith-mqtt,北门\n"
BOM_OF = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]


def encoded(text: str, encoding: str) -> bytes:
    return BOM_OF.get(encoding, b"") + text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("named", ["", "sep={}", '"sep={}"', "SEP={}"])
def test_a_list_is_read_as_any_spreadsheet_saves_it(encoding, newline, delimiter, named):
    table = TABLE.replace(",", delimiter)
    if named:
        table = f"{named.format(delimiter)}\n{table}"
    data = encoded(table.replace("\n", newline), encoding)
    (row,) = device_list.read(device_list.decode(data))
    assert row.cells == {
        "code": "cam-1",
        "kind": "camera",
        "driver": "vzenith-mqtt",
        "name": "北门",
    }
    assert row.number == 2, "a spreadsheet does not show the line that names the delimiter"


def test_utf_16_without_a_mark_is_recognised():
    assert decode(TABLE.encode("utf-16-le")) == TABLE
    assert decode(TABLE.encode("utf-16-be")) == TABLE


def test_a_named_delimiter_wins_over_the_more_frequent_one():
    table = 'sep=;\ncode;kind;driver;"name,with,many,commas"\n'
    with pytest.raises(Rejection) as caught:
        device_list.read(table)
    assert "name,with" in caught.value.message


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00" * 8, b"\xff\xfe" + b"\x00\xd8" * 3])
def test_bytes_that_are_no_text_are_rejected(data):
    with pytest.raises(Rejection):
        device_list.decode(data)


def test_a_text_in_no_code_page_is_no_spreadsheet():
    with pytest.raises(UnicodeDecodeError):
        decode_spreadsheet(b"\xff\xff\xff")


def test_json_may_begin_with_a_byte_order_mark():
    assert parse_json('\ufeff{"a": 1}') == {"a": 1}
    assert _options('\ufeff{"preset": "bay-magnetic"}') == {"preset": "bay-magnetic"}


@pytest.mark.django_db
def test_a_tariff_may_begin_with_a_byte_order_mark():
    document = TariffFactory().document
    lot = LotFactory()
    assert read_tariff(lot, "\ufeff" + json.dumps(document))[0] == document
