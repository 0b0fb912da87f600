"""The list of devices that a technician keeps in a spreadsheet, saved as CSV or XLSX.

The first line names the columns, in any order (`core.tables`).
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables import Code, Unreadable, match_columns, open_table
from core.tables import Row as TableRow
from core.tables.columns import Column
from core.text_input import decode_spreadsheet

LARGEST_BYTES = 1_000_000
MOST_LINES = 2_000
NEEDED = ("code", "kind", "driver")
# The name of each column, and its name in a Chinese spreadsheet.
COLUMNS = {
    "code": "编号",
    "kind": "类型",
    "driver": "驱动",
    "serial": "序列号",
    "name": "名称",
    "interval_s": "上报间隔",
    "topic": "主题",
    "options": "选项",
    "place": "位置",
    "drives_barrier": "控制道闸",
}
_COLUMNS = tuple(
    Code(code=name, title=name, aliases=(chinese,), required=name in NEEDED)
    for name, chinese in COLUMNS.items()
)
_WORKBOOK = b"PK\x03\x04"


@dataclass(frozen=True)
class Row:
    """One line of the list.

    Attributes:
        number: line number as in a spreadsheet; the column names are line 1.
        cells: the values of the columns that are not empty.
        too_many: whether there are more cells than columns.
    """

    number: int
    cells: dict[str, str]
    too_many: bool = False


def decode(data: bytes) -> str:
    """Decode the file; a workbook's sheet is written as CSV, with the same line numbers.

    Raises:
        Rejection: the file is too large, or is no text.
    """
    if len(data) > LARGEST_BYTES:
        problem = _("has %(size)s bytes, more than %(most)s") % {
            "size": len(data),
            "most": LARGEST_BYTES,
        }
        raise Rejection("file", "too_large", problem, _("split it into several files"))
    if data.startswith(_WORKBOOK):
        return _as_csv(open_table(io.BytesIO(data)))
    try:
        text = decode_spreadsheet(data)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        hint = _("save the spreadsheet as CSV in UTF-8")
        raise Rejection("file", "not_utf8", _("is not text"), hint)
    return text


def read(text: str) -> list[Row]:
    """Parse the list and return its lines that are not empty.

    Raises:
        Rejection: a column is missing or unknown, or there are no lines or too many.
    """
    table = open_table(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    titles, lines = _split(table)
    columns = match_columns(titles, _COLUMNS)
    rows = list(_rows(columns, lines))
    if not rows:
        raise Rejection("file", "empty", _("contains no device"), _("enter one device per line"))
    if len(rows) > MOST_LINES:
        problem = _("contains more than %(most)s devices") % {"most": MOST_LINES}
        raise Rejection("file", "too_many", problem, _("split it into several files"))
    return rows


def _split(table: Iterator[TableRow]) -> tuple[list[str], Iterator[TableRow]]:
    """Return the titles, none for an empty list, and the other rows."""
    try:
        return next(table).cells, table
    except Rejection as rejection:
        if rejection.code != "empty":
            raise
        return [], iter(())


def _rows(columns: list[Column | None], lines: Iterator[TableRow]) -> Iterator[Row]:
    for line in lines:
        values = zip(columns, line.cells, strict=False)
        filled = {column.code: cell for column, cell in values if column and cell}
        too_many = len(line.cells) > len(columns)
        if filled or too_many:
            yield Row(line.number, filled, too_many)


def _as_csv(table: Iterator[TableRow]) -> str:
    text = io.StringIO()
    writer, position = csv.writer(text), 1
    for row in table:
        for cell in row.cells:
            if isinstance(cell, Unreadable):
                problem = _("line %(number)s shows %(value)s, which cannot be read")
                message = problem % {"number": row.number, "value": cell}
                hint = _("copy the column and paste it as values")
                raise Rejection("file", "unreadable_cell", message, hint)
        text.write("\r\n" * (row.number - position))
        writer.writerow(row.cells)
        position = row.number + 1
    return text.getvalue()
