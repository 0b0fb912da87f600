"""The first visible sheet of an XLSX workbook, row by row.

openpyxl reads it in its read-only mode, so only a part of the sheet is in memory. The sheet's own
statement of its size is ignored: programs write wrong ones.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZipFile

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables import cells
from core.tables.archive import SHEETS, not_a_workbook, open_archive, require_harmless
from core.tables.limits import LAST_SHEET_ROW

if TYPE_CHECKING:
    from openpyxl import Workbook

_EXACT = 10**15  # A workbook stores 15 digits of a number.
_PADDED = re.compile(r"0{2,20}")
_FORMULA = "f"
_ROW = re.compile(rb"<row[ />]")


def read_workbook(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the rows of the first visible sheet, also empty ones.

    Raises:
        Rejection: the file is no workbook, or would cost too much memory.
    """
    require_harmless(file)
    try:
        with closing(_load(file, results=False)) as book:
            yield from _rows(file, book)
    except (Rejection, MemoryError):
        raise
    except Exception as error:
        # openpyxl raises whatever a malformed part leads to: KeyError, ValueError, ParseError.
        raise not_a_workbook() from error


def _load(file: BinaryIO, *, results: bool) -> "Workbook":
    # Imported here, as it brings numpy: half a second and 40 MB of every process otherwise.
    from openpyxl import load_workbook

    file.seek(0)
    return load_workbook(file, read_only=True, data_only=results, keep_links=False)


def _rows(file: BinaryIO, book: "Workbook") -> Iterator[list[str]]:
    results: Iterator[Any] | None = None
    for number, row in enumerate(_sheet_rows(book), start=1):
        if any(cell.data_type == _FORMULA for cell in row):
            if results is None:
                # A second reader that gives results instead of formulas, from this row on.
                results = _sheet_rows(_load(file, results=True), begin=number)
                position = number
            shown = next(results)
            while position < number:
                shown, position = next(results), position + 1
            position += 1
            yield [_text(cell, result) for cell, result in zip(row, shown, strict=False)]
        else:
            yield [_text(cell, None) for cell in row]


def _sheet_rows(book: "Workbook", begin: int = 1) -> Iterator[Any]:
    sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
    if sheet is None:
        raise not_a_workbook()
    sheet.reset_dimensions()
    return sheet.iter_rows(min_row=begin, max_row=LAST_SHEET_ROW)


def _text(cell: Any, result: Any) -> str:
    if cell.data_type == _FORMULA:
        if result is None or result.value is None:
            return cells.FormulaCell(_("formula"))
        cell = result
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return cells.ErrorCell(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell)
    if isinstance(value, datetime | time | timedelta):
        return _date(value)
    return cells.strip(str(value))


def _number(value: float, cell: Any) -> str:
    if abs(value) >= _EXACT:
        return cells.LongNumber(f"{value:.5E}")
    if value == int(value):
        padded = _PADDED.fullmatch(str(cell.number_format))
        width = len(padded[0]) if padded else 0
        return cells.NumberCell(str(int(value)).zfill(width))
    return cells.NumberCell(f"{Decimal(f'{value:.15g}'):f}")


def _date(value: datetime | time | timedelta) -> str:
    if not isinstance(value, datetime):
        return cells.DateCell(str(value))
    day, at = value.date().isoformat(), value.time().replace(microsecond=0)
    return cells.DateCell(day if at == time() else f"{day} {at.isoformat()}")


def count_rows(file: BinaryIO) -> int:
    """Count the rows of the largest sheet, without parsing them.

    Raises:
        Rejection: the file is no workbook, or unpacks to too much.
    """
    with open_archive(file) as archive:
        sheets = [name for name in archive.namelist() if name.startswith(SHEETS)]
        return max((_count(archive, name) for name in sheets), default=0)


def _count(archive: ZipFile, name: str) -> int:
    count, rest = 0, b""
    with archive.open(name) as sheet:
        while data := sheet.read(1 << 20):
            count += len(_ROW.findall(rest + data))
            # An element may be split between two reads; what is left is too short for a whole one.
            rest = data[-4:]
    return count
