"""Checks of an XLSX file before anything in it is parsed: a ZIP archive of XML parts."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables import limits

SHEETS = "xl/worksheets/"
_AT_ONCE = 1 << 16


def require_harmless(file: BinaryIO) -> None:
    """Check the size of every part, and that none declares a document type or entities.

    A ZIP archive's parts are never longer than it declares: Python reads no further. So the
    declared sizes bound what unpacking can cost.

    Raises:
        Rejection: it is no workbook, unpacks to too much, or its XML declares entities.
    """
    with open_archive(file) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise not_a_workbook()
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as xml:
                    _check_xml(xml, is_sheet=part.filename.startswith(SHEETS))


@contextmanager
def open_archive(file: BinaryIO) -> Iterator[ZipFile]:
    """Open an archive whose parts may be unpacked, though not yet parsed.

    Raises:
        Rejection: it is no archive, is damaged, or unpacks to too much.
    """
    file.seek(0)
    try:
        with ZipFile(file) as archive:
            _check_sizes(archive.infolist())
            yield archive
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        raise not_a_workbook() from None


def not_a_workbook() -> Rejection:
    """Return the rejection of a file that cannot be read as a workbook."""
    return Rejection(
        "file",
        "not_xlsx",
        _("cannot be read as an Excel workbook"),
        _("open it in Excel and save it again as .xlsx without a password, or as CSV"),
    )


def _check_sizes(parts: list[ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    in_memory = [part.file_size for part in parts if not part.filename.startswith(SHEETS)]
    if (
        len(parts) > limits.MOST_PARTS
        or unpacked > limits.LARGEST_UNPACKED
        or max(in_memory, default=0) > limits.LARGEST_IN_MEMORY
        or any(map(_is_bomb, parts))
    ):
        raise _too_large()


def _too_large() -> Rejection:
    return Rejection(
        "file",
        "too_large_unpacked",
        _("unpacks to far more data than a list needs"),
        _("copy the cells with data into a new workbook, or save the sheet as CSV"),
    )


def _is_bomb(part: ZipInfo) -> bool:
    if part.file_size < limits.RATIO_CHECKED_FROM:
        return False
    return part.file_size > limits.HIGHEST_RATIO * max(part.compress_size, 1)


def _check_xml(xml: IO[bytes], *, is_sheet: bool) -> None:
    """Count the elements of a part; openpyxl holds those of one row, or of any other part."""
    parser, counter = expat.ParserCreate(), _Counter()
    parser.StartDoctypeDeclHandler = _reject_entities
    parser.StartElementHandler = counter.count
    if is_sheet:
        parser.EndElementHandler = counter.end
    try:
        while data := xml.read(_AT_ONCE):
            parser.Parse(data, False)
    except expat.ExpatError:
        raise not_a_workbook() from None


class _Counter:
    """Counts the elements that are held at once."""

    def __init__(self) -> None:
        self._held = 0

    def count(self, name: str, attributes: dict[str, str]) -> None:
        self._held += 1
        if self._held > limits.MOST_ELEMENTS:
            raise _too_large()

    def end(self, name: str) -> None:
        if name == "row" or name.endswith(":row"):
            self._held = 0


def _reject_entities(*declared: object) -> None:
    raise Rejection(
        "file",
        "declares_entities",
        _("contains declarations that no spreadsheet writes"),
        _("open it in Excel and save it again as .xlsx"),
    )
