"""How a filter's value narrows the rows of a list."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from core.models import Site
from core.plates import fold

Narrow = Callable[[Site, QuerySet[Any], Any], QuerySet[Any]]
Lookup = str | Narrow


def narrowed(site: Site, rows: QuerySet[Any], lookup: Lookup, value: Any) -> QuerySet[Any]:
    """Return the rows that a filter's value lets through."""
    if isinstance(lookup, str):
        return rows.filter(**{lookup: value})
    return lookup(site, rows, value)


def containing(*fields: str) -> Narrow:
    """Return a lookup of the rows with a text in one of the fields, in any case."""

    def narrow(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(reduce(or_, [Q(**{f"{name}__icontains": text}) for name in fields]))

    return narrow


def conditions(by_value: Mapping[str, Q], otherwise: str = "") -> Narrow:
    """Return a lookup with a condition for each value.

    Args:
        by_value: the conditions.
        otherwise: the field lookup of all other values.
    """

    def narrow(_site: Site, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        condition = by_value.get(value)
        return rows.filter(Q(**{otherwise: value}) if condition is None else condition)

    return narrow


def folded_plate(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows by plates that contain a text, or one that looks like it."""
    part = fold(text)
    return rows.filter(folded__contains=part) if part else rows.none()
