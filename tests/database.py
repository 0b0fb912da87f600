"""Restore the test database after a test that commits, to what the migrations left in it.

Django truncates all tables and creates the permissions again, which takes a third of a second of
processor time. Here only tables with other rows than at the start are changed. The triggers that
protect tables, and foreign keys, are off meanwhile, which only a superuser may do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

_IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
_FORGET = "DROP SCHEMA IF EXISTS at_start CASCADE"
_REMEMBER = f"""
{_FORGET};
CREATE SCHEMA at_start;
DO $$
DECLARE name text; has_rows boolean;
BEGIN
    FOR name IN {_TABLES} LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%1$s)', name) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE at_start.%1$s AS TABLE public.%1$s', name);
        END IF;
    END LOOP;
END $$;
"""  # noqa: S608
_RESTORE = f"""
DO $$
DECLARE name text; has_changed boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN {_TABLES} LOOP
        IF to_regclass('at_start.' || name) IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%1$s)', name) INTO has_changed;
            IF has_changed THEN
                EXECUTE format('DELETE FROM public.%1$s', name);
            END IF;
        ELSE
            EXECUTE format(
                'SELECT EXISTS (TABLE public.%1$s EXCEPT ALL TABLE at_start.%1$s)'
                ' OR EXISTS (TABLE at_start.%1$s EXCEPT ALL TABLE public.%1$s)', name
            ) INTO has_changed;
            IF has_changed THEN
                EXECUTE format('DELETE FROM public.%1$s', name);
                EXECUTE format('INSERT INTO public.%1$s TABLE at_start.%1$s', name);
            END IF;
        END IF;
    END LOOP;
END $$;
"""  # noqa: S608


def remember(*, is_reused: bool = False) -> None:
    """Store the rows that every test finds, and restore them after each test that commits.

    Args:
        is_reused: whether an earlier run may have left rows, if it was killed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_SUPERUSER)
        if not cursor.fetchone()[0]:
            return
        if is_reused:
            call_command("flush", verbosity=0, interactive=False)
        cursor.execute(_REMEMBER)
    TransactionTestCase._fixture_teardown = _restore


class _Restore:
    """Restore what was remembered last.

    Attributes:
        schema: where the rows of the start, or of a module, are stored.
    """

    schema = "at_start"

    def run(self, statement: str) -> None:
        """Execute it with that schema."""
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("at_start", self.schema))

    def __call__(self, case: Any = None) -> None:
        """Do so after a test that commits."""
        self.run(_RESTORE)


_restore = _Restore()


def can_restore() -> bool:
    """Return whether `remember` has replaced what Django does after a test that commits."""
    return TransactionTestCase._fixture_teardown is _restore


@contextmanager
def kept() -> Iterator[None]:
    """Have tests that commit find what is in the database now; remove it at the end."""
    _restore.schema = "in_module"
    try:
        _restore.run(_REMEMBER)
        yield
    finally:
        _restore.run(_FORGET)
        _restore.schema = "at_start"
        _restore()
