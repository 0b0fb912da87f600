"""CSV exports: streamed, readable by spreadsheets in any language, safe from formulas."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from io import StringIO
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

# Without a byte order mark, Excel decodes the file in the machine's legacy code page.
BOM = "\ufeff"
# A spreadsheet evaluates cells that start so (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 1000


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


def cell(value: object) -> object:
    """Return a cell's content, with formulas escaped."""
    if value is None:
        return ""
    if isinstance(value, float | int):
        return value
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
