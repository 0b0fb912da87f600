"""Count the rows of several querysets in one statement."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Key = TypeVar("Key", bound=Hashable)


def count_each(rows: Mapping[Key, QuerySet[Any]]) -> dict[Key, int]:
    """Return how many rows each queryset has; a sliced one counts no further than its slice."""
    parts: dict[Key, str] = {}
    values: list[Any] = []
    for key, each in rows.items():
        ordered = each if each.query.is_sliced else each.order_by()
        try:
            sql, own = ordered.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts[key] = f"(SELECT count(*) FROM ({sql}) AS counted)"  # noqa: S608 - Django's SQL
        values += own
    if not parts:
        return dict.fromkeys(rows, 0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts.values())}", values)
        found = dict(zip(parts, cursor.fetchone() or (), strict=True))
    return {key: found.get(key, 0) for key in rows}
