"""Long lists, a page at a time."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE = 50


@dataclass(frozen=True)
class Segment:
    """One of the ways a list is shown."""

    name: str
    label: Any
    count: int | None = None


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any], size: int = PAGE) -> Page[Any]:
    """Return the page that the address asks for; the nearest one where there is no such."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def chosen(request: HttpRequest, segments: list[Segment]) -> str:
    """Return the name of the segment that the address asks for, else of the first."""
    asked = request.GET.get("show", "")
    return asked if asked in {segment.name for segment in segments} else segments[0].name
