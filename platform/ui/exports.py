"""CSV and XLSX exports: streamed, readable by spreadsheets in any language, safe from formulas."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from io import StringIO
from itertools import chain, islice
from tempfile import TemporaryFile

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from xlsxwriter import Workbook

# Without a byte order mark, Excel decodes the file in the machine's legacy code page.
BOM = "\ufeff"
# A spreadsheet evaluates cells that start so (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 1000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_ROWS = 1_048_576


def csv_response(
    request: HttpRequest, name: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    """Stream a CSV file; only one part of it is in memory at a time.

    Args:
        name: the file name without its extension: letters, digits, dots and hyphens.
        header: the first line.
        rows: the other lines, read while the file is sent; may be a server-side cursor.
    """
    parts = _parts(header, rows)
    # Under ASGI, a synchronous iterator would block the event loop on the database.
    content = _as_async(parts) if isinstance(request, ASGIRequest) else parts
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(
    request: HttpRequest, name: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> HttpResponseBase:
    """Return a workbook of one sheet, written row by row into a temporary file.

    Texts are never formulas there. Times stand in the current time zone, since a workbook knows
    none. The sheet ends at the format's last row.

    Args:
        name: the file name without its extension: letters, digits, dots and hyphens.
        header: the first line.
        rows: the other lines.
    """
    file = TemporaryFile()  # noqa: SIM115 - closed with the response
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, {**options, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(islice(chain([header], rows), _SHEET_ROWS)):
            sheet.write_row(number, 0, [_sheet_cell(value) for value in row])
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)


def _sheet_cell(value: object) -> object:
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    return value if value is None or isinstance(value, bool | int | float | Decimal) else str(value)


def cell(value: object) -> object:
    """Return a cell's content, with formulas escaped."""
    if value is None:
        return ""
    if isinstance(value, float | int | Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _parts(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    yield BOM.encode() + _lines([header])
    rest = iter(rows)
    while part := list(islice(rest, _LINES_AT_ONCE)):
        yield _lines(part)


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    written = StringIO()
    csv.writer(written).writerows([cell(value) for value in row] for row in rows)
    return written.getvalue().encode()


async def _as_async(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    def next_part() -> bytes | None:
        return next(parts, None)

    while (part := await sync_to_async(next_part)()) is not None:
        yield part
