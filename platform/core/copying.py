"""Write many rows by one statement: as INSERT and UPDATE would, at a fraction of the time.

Rows are inserted by COPY and updated from one JSON document; triggers and constraints apply.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from io import StringIO
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    DateTimeField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
)
from django.db.models.base import ModelState

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


def new_keys(model: type[Model], number: int) -> list[int]:
    """Return so many primary keys for rows that are inserted later."""
    if not number:
        return []
    meta = model._meta
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [f'"{meta.db_table}"', meta.pk.column, number])
        return [key for (key,) in cursor.fetchall()]


def assign_keys(rows: Iterable[Model]) -> None:
    """Give unsaved rows of one model their primary keys, so that other rows can refer to them."""
    new = [row for row in rows if row.pk is None]
    if new:
        for row, key in zip(new, new_keys(type(new[0]), len(new)), strict=True):
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
    lines = ["\t".join([write(getattr(row, name)) for name, write in columns]) for row in found]
    _copy(type(found[0]), meta.concrete_fields, lines)
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


def new_row(model: type[Row], related: Mapping[str, Model], **values: Any) -> Row:
    """Return an unsaved row, at a tenth of the time that the model's constructor takes.

    Args:
        related: rows that foreign keys refer to, by the name of the field.
        values: of other fields, by attribute such as ``lane_id``; the rest get their defaults.
    """
    row = model.__new__(model)
    constant, made = _defaults(model)
    row._state = ModelState()
    row._state.fields_cache.update(related)
    row.__dict__.update(constant)
    for name, make in made:
        if name not in values:
            row.__dict__[name] = make()
    row.__dict__.update({f"{name}_id": each.pk for name, each in related.items()}, **values)
    return row


def stored_row(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """Return a row that was read from the database, at a third of the constructor's time.

    Args:
        names: what each value is: an attribute of the model such as ``lane_id``, or any other name.
            Attributes that are not among them are missing.
        values: as the cursor returned them, so that no field of the model may convert them.
    """
    row = model.__new__(model)
    row.__dict__.update(zip(names, values, strict=True))
    row._state = ModelState()
    row._state.adding, row._state.db = False, connection.alias
    return row


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Return the defaults of a model that are the same for each row, and what makes the others."""
    fields = model._meta.concrete_fields
    made = {each.attname: each.get_default for each in fields if callable(each.default)}
    constant = {each.attname: each.get_default() for each in fields if each.attname not in made}
    return constant, list(made.items())


def copy_values(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of which only their values are known, at a third of the time of `copy_rows`.

    Args:
        model: whose defaults the other fields get; without its primary key among the names, the
            database counts it.
        names: attributes of the model, such as ``site_id``.
        rows: the values of each row, in the order of the names.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    given = [fields[name] for name in names]
    others = [each for each in fields.values() if each not in given and not each.primary_key]
    writers = [_writer(field) for field in given]
    rest = [(_writer(field), field.get_default) for field in others]
    lines = [
        "\t".join(
            [write(value) for write, value in zip(writers, row, strict=True)]
            + [write(default()) for write, default in rest]
        )
        for row in rows
    ]
    _copy(model, [*given, *others], lines)


def _copy(model: type[Model], fields: Sequence[Any], lines: Sequence[str]) -> None:
    if not lines:
        return
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        text = StringIO("\n".join([*lines, ""]))
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN', text)


def _writer(field: "Field[Any, Any]") -> Callable[[Any], str]:
    """Return the function that writes a field's values in COPY's text format."""
    if isinstance(field, JSONField):
        return partial(_json, field.encoder)
    if isinstance(field, ArrayField):
        return _array
    target = field.target_field if isinstance(field, ForeignKey) else field
    if isinstance(target, DateTimeField):
        return _instant
    return _number if isinstance(target, IntegerField | FloatField) else _plain


def _instant(value: datetime | None) -> str:
    return _NULL if value is None else value.isoformat()


def _number(value: float | None) -> str:
    return _NULL if value is None else str(value)


def _plain(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        text = str(value)  # a member of a TextChoices is one, too
        return _SPECIAL.sub(_escape, text) if _SPECIAL.search(text) else text
    return str(value)


def _json(encoder: type[json.JSONEncoder] | None, value: Any) -> str:
    if value is None:
        return _NULL
    if not value and isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return _plain(json.dumps(value, cls=encoder))


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
