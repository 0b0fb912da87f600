"""Long lists: pages, and the segments that narrow them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from ui.lists.keyset import KeyPage, Order, key_page

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


def paginate_by_key(
    request: HttpRequest, rows: QuerySet[Any], field: str, size: int = PAGE_SIZE
) -> KeyPage:
    """Return the page in the query string of a list by time, newest first.

    Args:
        field: the time by which it is ordered; it must have an index.
    """
    return key_page(request.GET, rows, Order(field), size)


def selected_segment(request: HttpRequest, segments: list[Segment]) -> str:
    """Return the name of the segment in the query string, or of the first one."""
    name = request.GET.get("show", "")
    return name if name in {segment.name for segment in segments} else segments[0].name
