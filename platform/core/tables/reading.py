"""Open a table, whatever a spreadsheet has saved it as."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.delimited import read_delimited
from core.tables.limits import LARGEST_BYTES, MOST_COLUMNS, MOST_ROWS
from core.tables.workbook import count_rows, read_workbook

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with at least one filled cell.

    Attributes:
        number: its number in the sheet; the first row is 1.
        cells: without the empty cells at its end.
    """

    number: int
    cells: list[str]


def open_table(file: BinaryIO) -> Iterator[Row]:
    """Yield the rows of a CSV or XLSX file that are not empty, of which the first has the titles.

    Args:
        file: can be read twice; it must stay open while rows are read.

    Raises:
        Rejection: the file is too large, no table or empty, or has too many rows or columns.
    """
    rows = _filled(_records(file))
    first = next(rows, None)
    if first is None:
        raise Rejection(
            "file", "empty", _("is empty"), _("put titles in the first row and data below")
        )
    yield from _limited(chain([first], rows))


def _records(file: BinaryIO) -> Iterator[list[str]]:
    size = file.seek(0, 2)
    if size > LARGEST_BYTES:
        problem = _("has %(size)s bytes, more than %(most)s") % {
            "size": size,
            "most": LARGEST_BYTES,
        }
        raise Rejection("file", "too_large", problem, _("split it into several files"))
    file.seek(0)
    beginning = file.read(4)
    if beginning == _OLE:
        raise Rejection(
            "file",
            "old_workbook",
            _("is an old or a protected Excel workbook"),
            _("save it as .xlsx without a password"),
        )
    return read_workbook(file) if beginning == _ZIP else read_delimited(file)


def _filled(records: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(records, start=1):
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Row(number, cells)


def _limited(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count > MOST_ROWS:  # the titles are not counted
            problem = _("contains more than %(most)s rows") % {"most": MOST_ROWS}
            raise Rejection("file", "too_many", problem, _("split it into several files"))
        if len(row.cells) > MOST_COLUMNS:
            problem = _("row %(row)s has more than %(most)s columns") % {
                "row": row.number,
                "most": MOST_COLUMNS,
            }
            raise Rejection(
                "file", "too_many_columns", problem, _("delete the columns that are not needed")
            )
        yield row


def estimate_rows(file: BinaryIO) -> int:
    """Estimate how many rows a table has below its titles, for a progress bar.

    Raises:
        Rejection: it is a workbook that would cost too much memory.
    """
    file.seek(0)
    if file.read(4) == _ZIP:
        return max(count_rows(file) - 1, 0)
    file.seek(0)
    lines = 0
    while data := file.read(1 << 20):
        lines += data.count(b"\n")
    return max(lines - 1, 0)
