"""The list of devices that a technician keeps in a spreadsheet, saved as CSV.

The first line names the columns, in any order. Excel's own ways are read too: a byte order mark,
the Chinese code page, and semicolons or tabs between the cells.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import Rejection

LARGEST_BYTES = 1_000_000
MOST_LINES = 2_000
ENCODINGS = ("utf-8-sig", "gb18030")
NEEDED = ("code", "kind", "driver")
# The name of each column, and what a Chinese spreadsheet may call it.
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
_MEANS = {**{name: name for name in COLUMNS}, **{said: name for name, said in COLUMNS.items()}}


@dataclass(frozen=True)
class Row:
    """One line of the list.

    Attributes:
        number: as a spreadsheet counts, the line of the columns' names being 1.
        cells: what stands in each column that is not empty.
        too_many: whether it has more cells than there are columns.
    """

    number: int
    cells: dict[str, str]
    too_many: bool = False


def decode(data: bytes) -> str:
    """Return the file's text.

    Raises:
        Rejection: it is too large, or no text.
    """
    if len(data) > LARGEST_BYTES:
        problem = _("has %(size)s bytes, more than %(most)s") % {
            "size": len(data),
            "most": LARGEST_BYTES,
        }
        raise Rejection("file", "too_large", problem, _("cut it into several"))
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Rejection("file", "not_utf8", _("is no text"), _("save the spreadsheet as CSV in UTF-8"))


def read(text: str) -> list[Row]:
    """Return the lines that say something.

    Raises:
        Rejection: a column is missing or not known, nothing is listed, or too much is.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    try:
        columns = _columns(next(lines, []))
        rows = list(_rows(columns, lines))
    except csv.Error as error:
        raise Rejection(
            "file", "not_csv", str(error), _("save the spreadsheet as CSV again")
        ) from None
    if not rows:
        raise Rejection("file", "empty", _("lists no device"), _("write one device on each line"))
    if len(rows) > MOST_LINES:
        problem = _("lists more than %(most)s devices") % {"most": MOST_LINES}
        raise Rejection("file", "too_many", problem, _("cut it into several"))
    return rows


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(names: list[str]) -> list[str]:
    columns = [_column(name) for name in names]
    for name in NEEDED:
        if name not in columns:
            problem = _("has no column %(column)s") % {"column": name}
            raise Rejection(
                "file", "column_missing", problem, _("name the columns in the first line")
            )
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        problem = _("has the column %(column)s twice") % {"column": min(twice)}
        raise Rejection("file", "duplicate", problem, _("leave one of them"))
    return columns


def _column(said: str) -> str:
    name = said.strip().lower()
    if name and name not in _MEANS:
        problem = _("%(column)s is no column") % {"column": said[:40]}
        hint = _("use %(columns)s") % {"columns": ", ".join(COLUMNS)}
        raise Rejection("file", "column_unknown", problem, hint)
    return _MEANS.get(name, "")


def _rows(columns: list[str], lines: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(lines, start=2):
        said = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
        kept = {name: cell for name, cell in said.items() if name and cell}
        beyond = any(cell.strip() for cell in cells[len(columns) :])
        if kept or beyond:
            yield Row(number, kept, beyond)
