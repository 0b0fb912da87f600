"""Write many rows by one statement: as INSERT and UPDATE would, at a fraction of the time.

Rows are inserted by COPY and updated from one JSON document; triggers and constraints apply.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from io import StringIO
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Field, JSONField, Model

Row = TypeVar("Row", bound=Model)
_KEYS = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
_UPDATE = """
UPDATE "{table}" AS stored SET {changes}
FROM json_populate_recordset(NULL::"{table}", %s) AS new WHERE stored."{key}" = new."{key}"
"""
# For fewer rows, COPY and the statement for their keys take longer than one INSERT.
_WORTH_COPYING = 10
_NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_QUOTED = re.compile(r'(["\\])')


def assign_keys(rows: Iterable[Model]) -> None:
    """Give unsaved rows of one model their primary keys, so that other rows can refer to them."""
    new = [row for row in rows if row.pk is None]
    if not new:
        return
    meta = new[0]._meta
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [f'"{meta.db_table}"', meta.pk.column, len(new)])
        for row, (key,) in zip(new, cursor.fetchall(), strict=True):
            row.pk = key


def copy_rows(rows: Iterable[Row]) -> list[Row]:
    """Insert rows of one model, and give them the primary keys that they lack.

    As with ``bulk_create``, ``save`` is not called and no signal is sent.
    """
    found = list(rows)
    if not found:
        return found
    assign_keys(found)
    meta = found[0]._meta
    columns = [(field.attname, _writer(field)) for field in meta.concrete_fields]
    names = ", ".join(f'"{field.column}"' for field in meta.concrete_fields)
    lines = ["\t".join([write(getattr(row, name)) for name, write in columns]) for row in found]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        text = StringIO("\n".join([*lines, ""]))
        cursor.copy_expert(f'COPY "{meta.db_table}" ({names}) FROM STDIN', text)
    for row in found:
        row._state.adding, row._state.db = False, connection.alias
    return found


def insert_rows(rows: Iterable[Row]) -> list[Row]:
    """Insert rows of one model, and set their primary keys: many by COPY, a few by INSERT."""
    found = list(rows)
    if len(found) >= _WORTH_COPYING:
        return copy_rows(found)
    return type(found[0])._default_manager.bulk_create(found) if found else found


def update_rows(rows: Sequence[Model], names: Collection[str]) -> None:
    """Store these fields of rows of one model.

    As with ``bulk_update``, ``save`` is not called and no signal is sent.
    """
    if not rows:
        return
    meta = rows[0]._meta
    columns = {each.column: each.attname for each in meta.concrete_fields if each.name in names}
    values = [
        {meta.pk.column: row.pk} | {each: getattr(row, name) for each, name in columns.items()}
        for row in rows
    ]
    changes = ", ".join(f'"{each}" = new."{each}"' for each in columns)
    statement = _UPDATE.format(table=meta.db_table, changes=changes, key=meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(values, default=datetime.isoformat)])


def _writer(field: "Field[Any, Any]") -> Callable[[Any], str]:
    """Return the function that writes a field's values in COPY's text format."""
    if isinstance(field, JSONField):
        return partial(_json, field.encoder)
    return _array if isinstance(field, ArrayField) else _plain


def _plain(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        text = str(value)  # a member of a TextChoices is one, too
        return _SPECIAL.sub(_escape, text) if _SPECIAL.search(text) else text
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _json(encoder: type[json.JSONEncoder] | None, value: Any) -> str:
    return _NULL if value is None else _plain(json.dumps(value, cls=encoder))


def _array(values: Sequence[Any] | None) -> str:
    if values is None:
        return _NULL
    return _plain(f"{{{','.join(map(_element, values))}}}")


def _element(value: Any) -> str:
    if isinstance(value, str):
        quoted = _QUOTED.sub(r"\\\1", value)
        return f'"{quoted}"'
    return "NULL" if value is None else str(value)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPED[found.group()]
