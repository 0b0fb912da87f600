"""Pages of a long list, addressed by a row instead of a number.

Reaching the thousandth page costs as much as reaching the first, and rows that arrive in the
meantime move no row to another page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.db.models.functions import Length
from django.http import QueryDict

_LONGEST_KEY = 18  # digits of a primary key
_LENGTH = "length_of_sorted_text"


@dataclass(frozen=True)
class Order:
    """The order of a list: a field that is not null and has an index, then the primary key.

    Attributes:
        field: of the rows' own model.
        descending: the largest first.
        numbered: shorter texts are smaller, so that numbered codes stand in the order of their
            numbers: 2 before 10.
    """

    field: str
    descending: bool = True
    numbered: bool = False

    def sort(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in this order."""
        sign = "-" if self.descending else ""
        names = [*([_LENGTH] if self.numbered else []), self.field, "pk"]
        return self.with_length(rows).order_by(*(f"{sign}{name}" for name in names))

    def with_length(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows with what the order needs beside the field."""
        return rows.alias(**{_LENGTH: Length(self.field)}) if self.numbered else rows

    def reversed(self) -> "Order":
        """Return the opposite order."""
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class KeyPage:
    """One page of a list.

    Attributes:
        newer: the cursor of the page before; empty on the first page.
        older: the cursor of the page after; empty on the last page.
    """

    object_list: list[Any]
    newer: str = ""
    older: str = ""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)


def key_page(params: QueryDict, rows: QuerySet[Any], order: Order, size: int) -> KeyPage:
    """Return the page behind the row in ``older``, or before that in ``newer``; or the first.

    Args:
        params: the query string; a cursor in it that is invalid counts as missing.
        rows: the whole list; its order is replaced.
        order: how it is ordered.
        size: rows of a page.
    """
    before = _cursor(params.get("newer", ""), rows.model, order)
    if before is not None:
        backwards = order.reversed()
        found = list(backwards.sort(_beyond(rows, backwards, before))[: size + 1])
        if len(found) > size:
            return _page(found[size - 1 :: -1], order, has_newer=True, has_older=True)
        # Fewer rows than a page: it is the first page, which is shown in full.
    after = None if before else _cursor(params.get("older", ""), rows.model, order)
    behind = rows if after is None else _beyond(rows, order, after)
    found = list(order.sort(behind)[: size + 1])
    has_newer = after is not None
    return _page(found[:size], order, has_newer=has_newer, has_older=len(found) > size)


def _beyond(rows: QuerySet[Any], order: Order, cursor: tuple[Any, int]) -> QuerySet[Any]:
    """Return the rows behind the cursor's; the first condition is one for an index."""
    value, pk = cursor
    way = "lt" if order.descending else "gt"
    ties = Q(**{f"{order.field}__{way}": value}) | Q(**{f"pk__{way}": pk})
    beyond = Q(**{f"{order.field}__{way}e": value}) & ties
    if order.numbered:
        length = len(value)
        beyond = Q(**{f"{_LENGTH}__{way}": length}) | (Q(**{_LENGTH: length}) & beyond)
    return order.with_length(rows).filter(beyond)


def _cursor(text: str, model: type[Model], order: Order) -> tuple[Any, int] | None:
    value, _separator, pk = text.rpartition("~")
    if not (pk.isascii() and pk.isdigit()) or len(pk) > _LONGEST_KEY or "\0" in value:
        return None
    field: Field[Any, Any] = model._meta.get_field(order.field)  # type: ignore[assignment]
    try:
        parsed = field.to_python(value)
        field.run_validators(parsed)
    except ValidationError:
        return None
    if isinstance(parsed, datetime) and parsed.tzinfo is None:
        return None
    return parsed, int(pk)


def _page(found: list[Any], order: Order, *, has_newer: bool, has_older: bool) -> KeyPage:
    if not found:
        return KeyPage(found)
    return KeyPage(
        found,
        newer=_cursor_of(found[0], order) if has_newer else "",
        older=_cursor_of(found[-1], order) if has_older else "",
    )


def _cursor_of(row: Model, order: Order) -> str:
    value = getattr(row, order.field)
    return f"{value.isoformat() if isinstance(value, date) else value}~{row.pk}"
