"""The list of devices that a technician keeps in a spreadsheet, saved as CSV.

The first line names the columns, in any order. The variants that Excel writes are accepted: a byte
order mark, UTF-16, the Chinese code page, semicolons or tabs as delimiters, and a line such as
``sep=;`` before the first.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.text_input import BOM, decode_spreadsheet

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
_NAMED_DELIMITER = re.compile(
    r'"?sep=(?P<delimiter>[,;|\t])"?[ \t,;|]*(\r\n|\r|\n|$)', re.IGNORECASE
)
_COLUMN_NAMES = {
    **{name: name for name in COLUMNS},
    **{chinese: name for name, chinese in COLUMNS.items()},
}


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
    """Decode the file.

    Raises:
        Rejection: the file is too large, or is no text.
    """
    if len(data) > LARGEST_BYTES:
        problem = _("has %(size)s bytes, more than %(most)s") % {
            "size": len(data),
            "most": LARGEST_BYTES,
        }
        raise Rejection("file", "too_large", problem, _("split it into several files"))
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
    delimiter, table = _delimiter(text.removeprefix(BOM))
    lines = csv.reader(io.StringIO(table), delimiter=delimiter)
    try:
        columns = _columns(next(lines, []))
        rows = list(_rows(columns, lines))
    except csv.Error as error:
        raise Rejection(
            "file", "not_csv", str(error), _("save the spreadsheet as CSV again")
        ) from None
    if not rows:
        raise Rejection("file", "empty", _("contains no device"), _("enter one device per line"))
    if len(rows) > MOST_LINES:
        problem = _("contains more than %(most)s devices") % {"most": MOST_LINES}
        raise Rejection("file", "too_many", problem, _("split it into several files"))
    return rows


def _delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter and the table, without the line by which Excel names the delimiter.

    Excel doesn't show that line, so the line numbers are those of the table.
    """
    named = _NAMED_DELIMITER.match(text)
    if named is not None:
        return named["delimiter"], text[named.end() :]
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count), text


def _columns(names: list[str]) -> list[str]:
    columns = [_column(name) for name in names]
    for name in NEEDED:
        if name not in columns:
            problem = _("has no column %(column)s") % {"column": name}
            raise Rejection(
                "file", "column_missing", problem, _("put column names in the first line")
            )
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        problem = _("has column %(column)s twice") % {"column": min(twice)}
        raise Rejection("file", "duplicate", problem, _("keep one of them"))
    return columns


def _column(header: str) -> str:
    name = header.strip().lower()
    if name and name not in _COLUMN_NAMES:
        problem = _("%(column)s is not a known column") % {"column": header[:40]}
        hint = _("use %(columns)s") % {"columns": ", ".join(COLUMNS)}
        raise Rejection("file", "column_unknown", problem, hint)
    return _COLUMN_NAMES.get(name, "")


def _rows(columns: list[str], lines: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(lines, start=2):
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
        filled = {name: cell for name, cell in values.items() if name and cell}
        too_many = any(cell.strip() for cell in cells[len(columns) :])
        if filled or too_many:
            yield Row(number, filled, too_many)
