"""Workbooks for tests: real ones that openpyxl writes, and archives that do harm."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: Iterable[Iterable[Any]], *, text_columns: str = "") -> bytes:
    """Return a workbook of one sheet.

    Args:
        text_columns: letters of columns that are formatted as text.
    """
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for letter in text_columns:
        for cell in sheet[letter]:
            cell.number_format = "@"
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return the file of a workbook."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def with_parts(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return the workbook with other contents of some parts."""
    file = BytesIO()
    with ZipFile(BytesIO(data)) as before, ZipFile(file, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name not in parts:
                after.writestr(name, before.read(name))
        for name, content in parts.items():
            after.writestr(name, content)
    return file.getvalue()


def part(data: bytes, name: str = SHEET) -> bytes:
    """Return one part of a workbook."""
    with ZipFile(BytesIO(data)) as archive:
        return archive.read(name)
