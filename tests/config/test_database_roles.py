"""The application's database role can't change the books, nor switch off what protects them.

An installation of version 0.1, whose only role owned everything, is converted as `make up` does.
"""

import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege

from config.appliance.postgres import binary, create_role, grant_membership, reassign
from tests.upgrade.conftest import DUMP, HERE, MASTER_KEY, Installation

PASSWORD = "only for the tests"


class TwoRoles(Installation):
    """The demo of version 0.1, owned by the application's role, and a role that will own it."""

    def __init__(self) -> None:
        name = f"roles_{uuid4().hex[:12]}"
        super().__init__(name)
        self.application, self.owner = f"{name}_app", f"{name}_owner"
        self.missing = f"{name}_missing"

    def create(self) -> None:
        self.create_empty()
        dump = f'SET ROLE "{self.application}";\n'.encode() + lzma.decompress(DUMP.read_bytes())
        command = [str(binary("psql")), "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        subprocess.run(command, input=dump, check=True)

    def create_empty(self) -> None:
        """Create the database of the application's role, without tables."""
        with self.connect("postgres").cursor() as cursor:
            create_role(cursor, self.application, PASSWORD)
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            names = (sql.Identifier(self.name), sql.Identifier(self.application))
            cursor.execute(create.format(*names))

    def convert(self) -> None:
        """Do what the embedded server does at each start."""
        with self.connect().cursor() as cursor:
            create_role(cursor, self.owner, PASSWORD)
            grant_membership(cursor, self.application, self.owner)
            reassign(cursor, self.application, self.owner)
            reassign(cursor, self.application, self.owner)

    def drop(self) -> None:
        super().drop()
        with self.connect("postgres").cursor() as cursor:
            for role in (self.owner, self.application, self.missing):
                cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    def url_of(self, role: str) -> str:
        where = Installation.url.fget(self).partition("@")[2]
        return f"postgres://{role}:{quote(PASSWORD)}@{where}"

    def manage_as_application(self, *command: str, role: str = "", owner: str | None = None) -> str:
        """Run a command of manage.py; an empty owner means that there is only one role."""
        environment = os.environ | {
            "DATABASE_URL": self.url_of(role or self.application),
            "DATABASE_OWNER_URL": self.url_of(self.owner) if owner is None else owner,
            "GATEHOUSE_MASTER_KEY": MASTER_KEY,
            "GATEHOUSE_AUDIT_ANCHORS": "/nonexistent/audit.anchors",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=HERE.parent.parent,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def as_application(self) -> "psycopg2.extensions.connection":
        found = psycopg2.connect(self.url_of(self.application))
        found.autocommit = True
        return found


@pytest.fixture(scope="module")
def converted() -> Iterator[TwoRoles]:
    if "/postgres?" not in os.environ["DATABASE_URL"]:
        pytest.skip("DATABASE_URL names another server: roles are made in the embedded one")
    made = TwoRoles()
    try:
        made.create()
        made.convert()
        made.manage_as_application("migrate", "--verbosity", "0")
        made.convert()
        yield made
    finally:
        made.drop()


TABLES = [
    "core_auditentry",
    "core_auditseal",
    "core_auditcheckpoint",
    "billing_account",
    "billing_ledgerentry",
    "billing_ledgerline",
]
STATEMENTS = [
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER refuse_change",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "ALTER TABLE {table} ADD COLUMN more text",
    "DROP TRIGGER refuse_change ON {table}",
    "DROP TRIGGER refuse_truncate ON {table}",
    "DROP TABLE {table} CASCADE",
    "SELECT * FROM {table} FOR UPDATE",
    "CREATE RULE keep AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER keep BEFORE INSERT ON {table} EXECUTE FUNCTION tsvector_update_trigger()",
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("table", TABLES)
def test_the_application_may_not(converted: TwoRoles, table: str, statement: str) -> None:
    with converted.as_application().cursor() as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'",
        "ALTER FUNCTION ledger_lines_are_valid() RESET search_path",
        "SET ROLE {owner}",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "DROP SCHEMA public CASCADE",
        "SELECT setval('core_auditseal_id_seq', 1)",
    ],
)
def test_nor_switch_the_protection_off(converted: TwoRoles, statement: str) -> None:
    with converted.as_application().cursor() as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement.format(owner=converted.owner))


def test_the_triggers_refuse_the_owner_as_well(converted: TwoRoles) -> None:
    with (
        psycopg2.connect(converted.url_of(converted.owner)).cursor() as cursor,
        pytest.raises(psycopg2.IntegrityError, match="append-only"),
    ):
        cursor.execute("UPDATE billing_ledgerline SET amount = 1")


RECORD = """
from core import audit
from core.audit.sealing import Sealer
from core.models import Site
audit.record(Site.objects.get(), "test", "start", ("job", 1))
print(Sealer().seal(), "sealed")
"""


def test_the_application_records_and_seals(converted: TwoRoles) -> None:
    assert "1 sealed" in converted.manage_as_application("shell", "-c", RECORD)


EXPIRED = """
from datetime import timedelta
from config.jobs import delete_old_audit_entries
from core import audit, clock
from core.audit.sealing import Sealer
from core.models import Site
site, now = Site.objects.get(), clock.now()
past = [audit.Action(now - timedelta(days=each), "test", "start", ("job", 1)) for each in (1100, 1)]
audit.record_past(site, past)
Sealer().seal()
print(delete_old_audit_entries(), "deleted")
"""


def test_the_application_deletes_what_is_past_its_period_behind_a_checkpoint(
    converted: TwoRoles,
) -> None:
    assert "1 deleted" in converted.manage_as_application("shell", "-c", EXPIRED)
    with (
        converted.as_application().cursor() as cursor,
        pytest.raises(psycopg2.IntegrityError, match="append-only"),
    ):
        cursor.execute("SELECT audit_delete_range(id, 1, 9) FROM core_site")


def test_the_owner_owns_all_but_telemetry(converted: TwoRoles) -> None:
    owners = converted.rows(
        "SELECT DISTINCT pg_get_userbyid(relowner), starts_with(relname, 'telemetry_')"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')"
    )
    assert sorted(owners) == [(converted.application, True), (converted.owner, False)]


PARTITIONS = """
from datetime import UTC, date, datetime
from devices.telemetry import partitions
made = partitions.create_partitions(date(2020, 5, 1))
dropped = partitions.drop_expired(datetime(2020, 5, 3, tzinfo=UTC))
print(len(made), "days made,", dropped, "dropped")
"""


def test_the_application_makes_and_drops_partitions_of_telemetry(converted: TwoRoles) -> None:
    assert "9 days made, 3 dropped" in converted.manage_as_application("shell", "-c", PARTITIONS)


def test_a_second_migrate_changes_nothing_and_the_audit_log_verifies(converted: TwoRoles) -> None:
    converted.manage_as_application("migrate", "--verbosity", "0")
    converted.manage_as_application("migrate", "--check")
    assert "(installation): no seals" in converted.manage_as_application("verify_audit")


WEAKNESSES = "from config import database_roles; print(database_roles.weaknesses())"


def test_two_roles_have_no_weakness_to_report(converted: TwoRoles) -> None:
    assert "[]" in converted.manage_as_application("shell", "-c", WEAKNESSES)


def test_an_application_that_owns_the_books_is_reported(converted: TwoRoles) -> None:
    found = converted.manage_as_application("shell", "-c", WEAKNESSES, role=converted.owner)
    assert all(f"the application's role owns {table}" in found for table in TABLES)


def test_a_right_too_many_and_a_disabled_trigger_are_reported(converted: TwoRoles) -> None:
    right = sql.SQL("{} UPDATE ON billing_account {} {}")
    role = sql.Identifier(converted.application)
    with converted.connect().cursor() as cursor:
        cursor.execute(right.format(sql.SQL("GRANT"), sql.SQL("TO"), role))
        cursor.execute("ALTER TABLE core_auditseal DISABLE TRIGGER refuse_truncate")
        found = converted.manage_as_application("shell", "-c", WEAKNESSES)
        cursor.execute("ALTER TABLE core_auditseal ENABLE TRIGGER refuse_truncate")
        cursor.execute(right.format(sql.SQL("REVOKE"), sql.SQL("FROM"), role))
    assert "the application's role may change billing_account" in found
    assert "core_auditseal lacks its triggers" in found


def test_migrate_makes_the_role_that_a_new_fleet_does_not_have_yet(converted: TwoRoles) -> None:
    role, superuser = converted.missing, Installation.url.fget(converted)
    converted.manage_as_application("migrate", "--verbosity", "0", role=role, owner=superuser)
    assert "[]" in converted.manage_as_application("shell", "-c", WEAKNESSES, role=role)
    assert "3 dropped" in converted.manage_as_application("shell", "-c", PARTITIONS, role=role)


def test_migrate_takes_the_tables_from_a_fleet_s_only_role() -> None:
    if "/postgres?" not in os.environ["DATABASE_URL"]:
        pytest.skip("DATABASE_URL names another server: roles are made in the embedded one")
    fleet = TwoRoles()
    try:
        fleet.create_empty()
        fleet.manage_as_application("migrate", "--verbosity", "0", owner="")
        assert "owns core_auditentry" in fleet.manage_as_application("shell", "-c", WEAKNESSES)
        with fleet.connect().cursor() as cursor:
            create_role(cursor, fleet.owner, PASSWORD)
            grant_membership(cursor, fleet.application, fleet.owner)
        fleet.manage_as_application("migrate", "--verbosity", "0")
        assert "[]" in fleet.manage_as_application("shell", "-c", WEAKNESSES)
        assert "3 dropped" in fleet.manage_as_application("shell", "-c", PARTITIONS)
    finally:
        fleet.drop()
