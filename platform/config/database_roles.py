"""Two database roles: the owner migrates the tables, the application uses them.

The application's role may only read and insert audit entries, seals and the ledger. It owns none
of these tables, so it can't disable the triggers that refuse a change. It owns the telemetry
tables, because it creates their partitions while it runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

from config.appliance.places import Home
from config.appliance.postgres import OWNER, Postgres

BOOKS = (
    "core.AuditEntry",
    "core.AuditSeal",
    "core.AuditCheckpoint",
    "billing.Account",
    "billing.LedgerEntry",
    "billing.LedgerLine",
    "billing.Allocation",
    "billing.Bill",
    "billing.BillLine",
    "billing.CreditNote",
    "billing.CreditNoteLine",
    "billing.DepositSettlement",
)
_TABLES = """
SELECT relname, relkind::text, starts_with(relname, 'telemetry_'), EXISTS (
    SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = pg_class.oid AND proname = 'refuse_change' AND tgname = 'refuse_change'
)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
    AND pg_has_role(current_user, relowner, 'USAGE')
"""
_OWNS_BOOKS = """
SELECT FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
WHERE rolname = %s AND relnamespace = 'public'::regnamespace AND relname = ANY (%s)
"""
_AGGREGATES = "SELECT view_name FROM timescaledb_information.continuous_aggregates"
_RIGHTS = """
SELECT pg_has_role(current_user, relowner, 'MEMBER'),
    has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'),
    (SELECT count(DISTINCT tgname) FROM pg_trigger
     WHERE tgrelid = pg_class.oid AND tgname IN ('refuse_change', 'refuse_truncate')
         AND tgenabled IN ('O', 'A')),
    EXISTS (
        SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = pg_class.oid AND NOT tgisinternal
            AND pg_has_role(current_user, proowner, 'MEMBER')
    )
FROM pg_class WHERE oid = to_regclass(%s)
"""


def books() -> list[str]:
    """Return the tables that the application may only read and insert into."""
    return [apps.get_model(name)._meta.db_table for name in BOOKS]


def owner_settings() -> dict[str, Any] | None:
    """Return Django's database settings of the owner's role; None where there is only one role."""
    if settings.DATABASE_OWNER_URL:
        return dict(environ.Env.db_url_config(settings.DATABASE_OWNER_URL))
    current = connection.settings_dict
    embedded = Postgres(Home.at(settings.HOME), "")
    host = current["HOST"] or current.get("OPTIONS", {}).get("host")
    if host != str(embedded.socket_folder) or not embedded.home.owner_password.is_file():
        return None
    return {"USER": OWNER, "PASSWORD": embedded.owner_password()}


@contextmanager
def as_owner() -> Iterator[bool]:
    """Connect as the owner's role within the block; yield whether there is one."""
    owner = owner_settings()
    if owner is None:
        yield False
        return
    application = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(owner)
    try:
        yield True
    finally:
        connection.close()
        connection.settings_dict.update(application)


def grant(user: str, password: str) -> None:
    """Grant the application's role what it needs, as the owner; creates the role if it is missing.

    Args:
        user: the application's role.
        password: its password, used only to create it.
    """
    with connection.cursor() as cursor:
        _create_role(cursor, user, password)
        role = sql.Identifier(user)
        cursor.execute(_OWNS_BOOKS, [user, books()])
        if cursor.fetchone() is not None:
            # The only role so far, or a backup restored without its owners.
            _run(cursor, "REASSIGN OWNED BY {} TO CURRENT_USER", role)
        _run(cursor, "GRANT USAGE, CREATE ON SCHEMA public TO {}", role)
        _grant_tables(cursor, role)
        _run(cursor, "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}", role)


def weaknesses() -> list[str]:
    """Return what lets the application's role change the books; asked as that role."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            return ["the application's role is a superuser"]
        for table in books():
            cursor.execute(_RIGHTS, [table])
            owns, may_change, triggers, owns_function = cursor.fetchone() or (
                False,
                False,
                0,
                False,
            )
            if owns:
                found.append(f"the application's role owns {table}")
            elif may_change:
                found.append(f"the application's role may change {table}")
            elif owns_function:
                found.append(f"the application's role owns a trigger's function of {table}")
            if triggers < 2:
                found.append(f"{table} lacks its triggers against changes")
    return found


def _create_role(cursor: CursorWrapper, user: str, password: str) -> None:
    role = sql.Identifier(user)
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [user])
    if cursor.fetchone() is None:
        _run(cursor, "CREATE ROLE {} LOGIN PASSWORD {}", role, sql.Literal(password))
    cursor.execute("SELECT pg_has_role(current_user, %s, 'SET')", [user])
    if not cursor.fetchone()[0]:
        # Only a member of a role may hand a table over to it.
        _run(cursor, "GRANT {} TO CURRENT_USER", role)


def _grant_tables(cursor: CursorWrapper, role: sql.Identifier) -> None:
    aggregates = _aggregates(cursor)
    cursor.execute(_TABLES)
    for name, kind, is_telemetry, is_protected in cursor.fetchall():
        table = sql.Identifier("public", name)
        if is_telemetry:
            _hand_over(cursor, table, "a" if name in aggregates else kind, role)
        elif is_protected or name in books():
            _run(cursor, "REVOKE ALL ON {} FROM {}", table, role)
            _run(cursor, "GRANT SELECT, INSERT ON {} TO {}", table, role)
        else:
            _run(cursor, "GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}", table, role)


def _aggregates(cursor: CursorWrapper) -> set[str]:
    """Return TimescaleDB's continuous aggregates, which it lists as views."""
    cursor.execute("SELECT to_regclass('timescaledb_information.continuous_aggregates')")
    if cursor.fetchone()[0] is None:
        return set()
    cursor.execute(_AGGREGATES)
    return {name for (name,) in cursor.fetchall()}


def _hand_over(
    cursor: CursorWrapper, table: sql.Identifier, kind: str, role: sql.Identifier
) -> None:
    """Make the role the owner of a telemetry table, whichever kind of table it is."""
    what = {"v": "VIEW", "m": "MATERIALIZED VIEW", "a": "MATERIALIZED VIEW"}.get(kind, "TABLE")
    _run(cursor, f"ALTER {what} {{}} OWNER TO {{}}", table, role)


def _run(cursor: CursorWrapper, statement: str, *parts: sql.Composable) -> None:
    cursor.execute(sql.SQL(statement).format(*parts))
