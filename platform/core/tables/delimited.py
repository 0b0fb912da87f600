"""Delimited text: UTF-8, UTF-16, UTF-32 or GB18030; commas, semicolons, tabs or bars."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.cells import from_csv
from core.tables.limits import LONGEST_CELL
from core.text_input import BOM, encoding_of

_AT_ONCE = 1 << 16
_DELIMITERS = ",;\t|"
# Excel doesn't show this line, so it isn't counted as a row.
_NAMED_DELIMITER = re.compile(
    r'\ufeff?"?sep=(?P<delimiter>[,;|\t])"?[ \t,;|]*(\r\n|\r|\n|$)', re.IGNORECASE
)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def read_delimited(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the records of a delimited text; only a part of the file is in memory.

    Raises:
        Rejection: it is not a text, or a quoted cell does not end.
    """
    encoding = _detect_encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from _records(text)
    except csv.Error as error:
        raise not_csv(str(error)) from None
    finally:
        if not file.closed:
            text.detach()  # the file belongs to the caller


def not_csv(problem: str) -> Rejection:
    """Return the rejection of a text that is not CSV."""
    return Rejection("file", "not_csv", problem, _("save the spreadsheet as CSV again"))


def _records(text: io.TextIOWrapper) -> Iterator[list[str]]:
    first = text.readline()
    named = _NAMED_DELIMITER.match(first)
    if named is not None:
        delimiter, begin = named["delimiter"], ""
    else:
        begin = first.removeprefix(BOM)
        delimiter = _likely_delimiter(begin)
    lines = (line for part in ([begin] if begin else [], text) for line in part)
    for record in csv.reader(lines, delimiter=delimiter):
        if any(len(cell) > LONGEST_CELL for cell in record):
            raise not_csv(_("a cell has more than %(most)s characters") % {"most": LONGEST_CELL})
        yield [from_csv(cell) for cell in record]


def _likely_delimiter(line: str) -> str:
    bare = _QUOTED.sub("", line)
    return max(_DELIMITERS, key=bare.count)


def _detect_encoding(file: BinaryIO) -> str:
    """Return the encoding in which the whole file is text.

    Raises:
        Rejection: there is none.
    """
    file.seek(0)
    marked, length = encoding_of(file.read(4))
    # Python's name for UTF-8 whose byte order mark is skipped; UTF-16's marks stay, as a BOM.
    candidates = ["utf-8-sig" if marked == "utf-8" else marked]
    if not length and marked == "utf-8":
        candidates.append("gb18030")
    for encoding in candidates:
        if _is_text(file, encoding):
            return encoding
    raise Rejection("file", "not_utf8", _("is not text"), _("save the spreadsheet as CSV in UTF-8"))


def _is_text(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while data := file.read(_AT_ONCE):
            if "\0" in decoder.decode(data):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
