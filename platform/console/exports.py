"""Tables as CSV files: for spreadsheets of any language, of any length, and harmless to open."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from io import StringIO
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

# Excel takes a file without it for one of the machine's own old code page.
BOM = "\ufeff"
# A spreadsheet runs a cell that begins so (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 1000


def csv_response(
    request: HttpRequest, name: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    """Answer with a CSV file that is made while it is sent; no more than a part is in memory.

    Args:
        name: of the file, without its ending; letters, digits, dots and hyphens.
        header: the first line.
        rows: the others, asked for one after another, maybe by a query that goes on meanwhile.
    """
    parts = _parts(header, rows)
    # A server that answers by an event loop must not wait in it for the database.
    content = _not_waiting(parts) if isinstance(request, ASGIRequest) else parts
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: object) -> object:
    """Return what stands in a cell: no text is one that a spreadsheet would run."""
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


async def _not_waiting(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    def take() -> bytes | None:
        return next(parts, None)

    while (part := await sync_to_async(take)()) is not None:
        yield part
