"""Load tables without keeping their indexes and foreign keys up to date for each row.

They are dropped before and built afterwards, which also checks every row against the foreign keys;
for millions of rows that takes a fraction of the time. Only the owner of the tables may do it. The
statements that restore them are stored in the database until then: after a process was killed
meanwhile, `manage.py migrate`, and so each start, runs them.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
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
# The application's role may create tables, too: statements of a table that is not the owner's own
# are never run.
_IS_OWN = """
SELECT pg_get_userbyid(relowner) = current_user FROM pg_class
WHERE oid = to_regclass('core_dropped_index')
"""
_CREATE = """
CREATE TABLE core_dropped_index (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, restored_by text NOT NULL
)
"""
_INSERT = "INSERT INTO core_dropped_index (restored_by) VALUES (%s)"
_TAKE = """
DELETE FROM core_dropped_index WHERE id = (SELECT min(id) FROM core_dropped_index)
RETURNING restored_by
"""


@transaction.atomic
def drop_indexes(models: Sequence[type[Model]], indexed: Sequence[type[Model]] = ()) -> None:
    """Drop what is kept up to date for each row, and store the statements that restore it.

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
        if not _is_interrupted(cursor):
            cursor.execute(_CREATE)
        for drop, restore in found:
            cursor.execute(drop)
            cursor.execute(_INSERT, [restore])


def restore_indexes(models: Sequence[type[Model]] = ()) -> bool:
    """Build the indexes that were dropped, and check the foreign keys.

    A second call goes on after the first statement that failed or was interrupted.

    Args:
        models: whose rows are counted afterwards, for the planner.

    Returns:
        whether something was missing.

    Raises:
        IntegrityError: a row refers to one that does not exist.
    """
    with connection.cursor() as cursor:
        if not _is_interrupted(cursor):
            return False
        cursor.execute(_MEMORY)
        while _restore_next():
            pass
        cursor.execute("DROP TABLE core_dropped_index")
        for name in _names(models):
            cursor.execute(f"ANALYZE {name}")
    return True


@transaction.atomic
def _restore_next() -> bool:
    """Run the next statement that is due; return whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        found = cursor.fetchone()
        if found:
            cursor.execute(found[0])
    return found is not None


def _is_interrupted(cursor: CursorWrapper) -> bool:
    """Whether statements of an earlier load wait to be run."""
    cursor.execute(_IS_OWN)
    found = cursor.fetchone()
    return found is not None and bool(found[0])


def _names(models: Sequence[type[Model]]) -> list[str]:
    return [connection.ops.quote_name(model._meta.db_table) for model in models]
