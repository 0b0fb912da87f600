"""Long lists: pages, and the segments that narrow them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


@dataclass(frozen=True)
class Segment:
    """A view of a list, chosen by ``?show=name``."""

    name: str
    label: Any
    count: int | None = None


def paginate(
    request: HttpRequest, rows: QuerySet[Any] | list[Any], size: int = PAGE_SIZE
) -> Page[Any]:
    """Return the page in the query string, or the nearest one that exists."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


@dataclass(frozen=True)
class KeyPage:
    """A page of a list by time, newest first, whose neighbours are addressed by a row.

    Reaching the thousandth page costs as much as reaching the first, and rows that arrive in the
    meantime move no row to another page.

    Attributes:
        newer: the cursor of the page before; empty on the first page.
        older: the cursor of the page after; empty on the last page.
    """

    object_list: list[Any]
    newer: str = ""
    older: str = ""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)


@dataclass(frozen=True)
class _Cursor:
    """A row in the order of a list: its time and its primary key."""

    at: datetime
    pk: int

    @classmethod
    def parsed(cls, text: str) -> "_Cursor | None":
        at, _separator, pk = text.partition("~")
        try:
            parsed = datetime.fromisoformat(at)
        except ValueError:
            return None
        if parsed.tzinfo is None or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
            return None
        return cls(parsed, int(pk))

    @classmethod
    def of(cls, row: Model, field: str) -> str:
        return f"{getattr(row, field).isoformat()}~{row.pk}"


def paginate_by_key(
    request: HttpRequest, rows: QuerySet[Any], field: str, size: int = PAGE_SIZE
) -> KeyPage:
    """Return the page behind the row in ``?older=``, or before that in ``?newer=``; or the first.

    Args:
        rows: the whole list; its order is replaced.
        field: the time by which it is ordered, newest first; it must have an index.
    """
    newer = _Cursor.parsed(request.GET.get("newer", ""))
    older = _Cursor.parsed(request.GET.get("older", ""))
    if newer is not None:
        before = rows.filter(_beyond(field, "gt", newer)).order_by(field, "pk")[: size + 1]
        found = list(reversed(before))
        # Fewer rows than a page: it is the first page, which is shown in full.
        if len(found) > size:
            return _key_page(found[1:], field, has_newer=True, has_older=True)
        older = None
    behind = rows if older is None else rows.filter(_beyond(field, "lt", older))
    found = list(behind.order_by(f"-{field}", "-pk")[: size + 1])
    return _key_page(found[:size], field, has_newer=older is not None, has_older=len(found) > size)


def _beyond(field: str, way: str, cursor: _Cursor) -> Q:
    """The rows after the cursor's in that direction; the first condition is one for an index."""
    ties = Q(**{f"{field}__{way}": cursor.at}) | Q(**{f"pk__{way}": cursor.pk})
    return Q(**{f"{field}__{way}e": cursor.at}) & ties


def _key_page(found: list[Any], field: str, *, has_newer: bool, has_older: bool) -> KeyPage:
    if not found:
        return KeyPage(found)
    return KeyPage(
        found,
        newer=_Cursor.of(found[0], field) if has_newer else "",
        older=_Cursor.of(found[-1], field) if has_older else "",
    )


def selected_segment(request: HttpRequest, segments: list[Segment]) -> str:
    """Return the name of the segment in the query string, or of the first one."""
    name = request.GET.get("show", "")
    return name if name in {segment.name for segment in segments} else segments[0].name
