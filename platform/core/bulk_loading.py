"""Load tables without keeping their indexes and foreign keys up to date for each row.

They are dropped before and built afterwards, which also checks every row against the foreign keys;
for millions of rows that takes a fraction of the time. Only the owner of the tables may do it, and
a process that is killed meanwhile leaves the tables without them: it is for databases that can be
made again.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Model

# The regclass of a table as text is quoted where it has to be.
_FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
           pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (%s::regclass[]) ORDER BY conname
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indexrelid::regclass::text
"""
_MEMORY = "SET maintenance_work_mem = '512MB'"


@transaction.atomic
def drop_indexes(models: Sequence[type[Model]], indexed: Sequence[type[Model]] = ()) -> list[str]:
    """Drop what is kept up to date for each row, and return the statements that restore it.

    Unique indexes, checks and triggers stay.

    Args:
        models: whose tables are loaded.
        indexed: those of them that keep their indexes, since triggers look rows up by them.
    """
    without_index = [model for model in models if model not in indexed]
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [_names(without_index)])
        found = cursor.fetchall()
        cursor.execute(_FOREIGN_KEYS, [_names(models)])
        found += cursor.fetchall()
        for drop, _restore in found:
            cursor.execute(drop)
    return [restore for _drop, restore in found]


def restore_indexes(models: Sequence[type[Model]], statements: Sequence[str]) -> None:
    """Build the indexes, check the foreign keys, and count the rows for the planner.

    Raises:
        IntegrityError: a row refers to one that does not exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        for statement in statements:
            cursor.execute(statement)
        for name in _names(models):
            cursor.execute(f"ANALYZE {name}")


def _names(models: Sequence[type[Model]]) -> list[str]:
    return [connection.ops.quote_name(model._meta.db_table) for model in models]
