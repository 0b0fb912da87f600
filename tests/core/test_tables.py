"""Tables of spreadsheets: whatever a program writes comes back as the same rows of text."""

import codecs
import csv
import os
import re
import subprocess
import sys
import tracemalloc
from datetime import date, datetime, time
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import Rejection
from core.tables import DateCell, NumberCell, Unreadable, limits, open_table
from tests.core.workbooks import SHEET, part, saved, with_parts, workbook
from ui.exports import cell as exported

MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32": b"",
    "gb18030": b"",
}
# What files can hold: no control characters, which neither format knows, no lone surrogates.
_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf", "Cn", "Co"))
_WORDS = st.text(_CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)
_CELLS = st.one_of(st.just(""), _TEXTS).filter(lambda text: not text.startswith("'"))
TABLES = st.lists(st.lists(_CELLS, min_size=1, max_size=6), min_size=1, max_size=8)


def read(data: bytes) -> list[tuple[int, list[str]]]:
    return [(row.number, row.cells) for row in open_table(BytesIO(data))]


def rejected(data: bytes) -> str:
    with pytest.raises(Rejection) as caught:
        read(data)
    assert caught.value.field == "file"
    assert caught.value.hint
    return caught.value.code


def filled(table: list[list[str]]) -> list[tuple[int, list[str]]]:
    """Return the rows that have content, with their numbers and without empty cells at the end."""
    rows = []
    for number, cells in enumerate(table, start=1):
        last = max((index for index, text in enumerate(cells, 1) if text), default=0)
        if last:
            rows.append((number, cells[:last]))
    return rows


def as_csv(table: list[list[str]], delimiter: str = ",", newline: str = "\r\n") -> str:
    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(table)
    return text.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    table=TABLES,
    encoding=st.sampled_from(sorted(MARKS)),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_csv_file_comes_back_from_any_encoding(table, encoding, delimiter, newline):
    table = [["title", "other", "third"], *table]
    text = f"sep={delimiter}{newline}" + as_csv(table, delimiter, newline)
    assert read(MARKS[encoding] + text.encode(encoding)) == filled(table)


@settings(max_examples=100, deadline=None)
@given(table=TABLES, delimiter=st.sampled_from(",;\t|"))
def test_the_delimiter_is_known_by_the_first_line(table, delimiter):
    table = [["title", "a,b;c", "third"], *table]
    assert read(as_csv(table, delimiter).encode()) == filled(table)


@settings(max_examples=60, deadline=None)
@given(table=TABLES)
def test_a_workbook_comes_back(table):
    book = Workbook()
    sheet = book.active
    for number, cells in enumerate([["title"], *table], start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                sheet.cell(number, column, text).data_type = "s"
    assert read(saved(book)) == filled([["title"], *table])


@settings(max_examples=100, deadline=None)
@given(text=_TEXTS, sign=st.sampled_from("=+-@"))
def test_what_an_export_escapes_comes_back_as_it_was(text, sign):
    written = exported(sign + text)
    assert str(written).startswith("'")
    assert read(as_csv([["title"], [str(written)]]).encode())[1][1] == [sign + text]


def test_rows_keep_the_numbers_that_the_sheet_shows():
    text = 'sep=;\ntitle;note\n\n"two\nlines";x\n;;\nlast\n'
    assert [number for number, _cells in read(text.encode())] == [1, 3, 5]
    book = Workbook()
    for row in (1, 3, 7):
        book.active.cell(row, 1, f"row {row}")
    assert read(saved(book)) == [(1, ["row 1"]), (3, ["row 3"]), (7, ["row 7"])]


def test_empty_columns_and_rows_at_the_end_do_not_count():
    assert read(b"a,b,,,\n1,2,,,\n,,,,\n,,,,\n") == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_cells_that_look_like_formulas_are_texts():
    cells = ["=1+1", "+86 138", "-", "@home"]
    assert read(as_csv([["title"], cells]).encode())[1][1] == cells


def test_numbers_of_a_workbook_are_written_in_full():
    rows = read(workbook([["title"], [13800138000, 89.5, 0.1 + 0.2, 1e-7, 12.0, True]]))
    assert rows[1][1] == ["13800138000", "89.5", "0.3", "0.0000001", "12", "TRUE"]
    assert all(isinstance(cell, NumberCell) for cell in rows[1][1][:5])


def test_digits_that_a_format_adds_in_front_belong_to_the_number():
    book = Workbook()
    book.active.append(["title"])
    book.active.append([101])
    book.active["A2"].number_format = "0000"
    assert read(saved(book))[1][1] == ["0101"]


def test_dates_of_a_workbook_are_unambiguous():
    cells = [date(2026, 3, 4), datetime(2026, 3, 4, 8, 15), time(8, 15)]  # noqa: DTZ001 - as sheets are
    found = read(workbook([["title"], cells]))[1][1]
    assert found == ["2026-03-04", "2026-03-04 08:15:00", "08:15:00"]
    assert all(isinstance(cell, DateCell) for cell in found)


def test_a_number_of_more_digits_than_a_workbook_keeps_is_unreadable():
    (cell,) = read(workbook([["title"], [110101199001011234]]))[1][1]
    assert isinstance(cell, Unreadable)


def test_a_formula_is_its_result_and_unreadable_without_one():
    data = workbook([["title", "sum"], ["a", "=1+1"], ["b", "x"], ["c", "=2+2"]])
    sheet = re.sub(rb"<f>2\+2</f><v( /|></v)>", b"<f>2+2</f><v>4</v>", part(data))
    assert b"<v>4</v>" in sheet, "the test replaces what openpyxl writes"
    rows = read(with_parts(data, {SHEET: sheet}))
    assert isinstance(rows[1][1][1], Unreadable)
    assert rows[2:] == [(3, ["b", "x"]), (4, ["c", "4"])]


def test_the_first_sheet_that_is_shown_is_read():
    book = Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("list").append(["shown"])
    book.create_sheet("notes").append(["note"])
    assert read(saved(book)) == [(1, ["shown"])]


def test_a_wrong_statement_of_the_sheet_s_size_is_ignored():
    data = workbook([["title"], ["a"]])
    sheet = part(data)
    for stated in (b"A1:XFD1048576", b"A1:A1", b"A1"):
        wrong = sheet.replace(b'ref="A1:A2"', b'ref="' + stated + b'"')
        assert wrong != sheet or stated == b"A1:A2"
        assert read(with_parts(data, {SHEET: wrong})) == [(1, ["title"]), (2, ["a"])]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\r\n,,,\r\n", "empty"),
        (b"a\n\0\n", "not_utf8"),
        (b"a\n\xff\xff\xff", "not_utf8"),
        (b"PK\x03\x04 and no more", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old_workbook"),
        (b"a\n" + b"x" * 40_000, "not_csv"),
        (b"," * 300 + b"x\n", "too_many_columns"),
    ],
)
def test_what_is_no_list_is_rejected_with_a_remedy(data, code):
    assert rejected(data) == code


def test_a_list_may_have_100_000_rows_and_no_more():
    rows = b"a,b\n" * limits.MOST_ROWS
    assert sum(1 for _ in open_table(BytesIO(b"title\n" + rows))) == limits.MOST_ROWS + 1
    assert rejected(b"title\n" + rows + b"a\n") == "too_many"


def test_a_file_that_is_too_large_is_not_read():
    assert rejected(b"a" * (limits.LARGEST_BYTES + 1)) == "too_large"


def test_a_long_list_is_read_in_a_constant_amount_of_memory():
    data = b"title,name\n" + b"a code,a name\n" * 90_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_table(BytesIO(data))) == 90_001
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_is_rejected_before_it_unpacks():
    data = workbook([["title"]])
    bomb = b"<worksheet><sheetData>" + b" " * 30_000_000 + b"</sheetData></worksheet>"
    tracemalloc.start()
    try:
        assert rejected(with_parts(data, {SHEET: bomb})) == "too_large_unpacked"
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()


def test_elements_without_end_are_rejected(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ELEMENTS", 10_000)
    data = workbook([["title"]])
    sheet = b"<worksheet><sheetData><row>" + b"<c/>" * 20_000 + b"</row></sheetData></worksheet>"
    assert rejected(with_parts(data, {SHEET: sheet})) == "too_large_unpacked"
    rows = workbook([["a", "b"]] * 6_000)
    assert len(read(rows)) == 6_000, "elements of rows that are over do not count"


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY % e SYSTEM "http://localhost/x"> %e;]>',
    ],
)
def test_a_workbook_that_declares_entities_is_rejected(name, declared):
    data = workbook([["title"]])
    xml = b'<?xml version="1.0"?>' + declared + part(data, name).split(b"?>", 1)[-1]
    assert rejected(with_parts(data, {name: xml})) == "declares_entities"


@pytest.mark.parametrize(
    "sheet",
    [
        b"<worksheet><sheetData><row",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>',
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="x"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_malformed_sheet_is_rejected(sheet):
    assert rejected(with_parts(workbook([["title"]]), {SHEET: sheet})) == "not_xlsx"


def test_a_row_far_below_ends_the_sheet():
    sheet = part(workbook([["title"]]))
    far = sheet.replace(b"</sheetData>", b'<row r="999999999999"><c><v>1</v></c></row></sheetData>')
    assert far != sheet
    assert read(with_parts(workbook([["title"]]), {SHEET: far})) == [(1, ["title"])]


def test_another_archive_is_no_workbook():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert rejected(file.getvalue()) == "not_xlsx"


def test_only_a_process_that_reads_a_workbook_loads_its_library():
    code = (
        "import sys, django; django.setup(); sys.exit(bool({'openpyxl', 'numpy'} & {*sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0
