"""The demo site of version 0.1, loaded from its dump into a database of its own."""

import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.db import connections
from psycopg2 import sql

from config.appliance.postgres import binary

HERE = Path(__file__).resolve().parent
DUMP = HERE / "demo-0.1.sql.xz"
# The key that sealed the dump's audit chain: made for the dump, and used nowhere else.
MASTER_KEY = "a6294acd8d2bffdc4e69217388e9a4eeb316a62b7d22d62f8a2f15a2a3980559"


class Installation:
    """A database of version 0.1 and the commands that an operator runs on it."""

    def __init__(self, name: str) -> None:
        # Read from the settings, so that no test database has to be made first.
        self._server = connections["default"].settings_dict
        self.name = name

    def connect(self, database: str | None = None) -> Any:
        """Open an autocommit connection."""
        at = self._server
        login = {"user": at["USER"], "password": at["PASSWORD"], "port": at["PORT"]}
        host = at["HOST"] or at.get("OPTIONS", {}).get("host")
        given = {key: value for key, value in login.items() if value}
        found = psycopg2.connect(dbname=database or self.name, host=host or None, **given)
        found.autocommit = True
        return found

    def rows(self, statement: str | sql.Composable) -> list[tuple[Any, ...]]:
        """Return what a query answers."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def value(self, statement: str | sql.Composable) -> Any:
        """Return the only value that a query answers."""
        ((value,),) = self.rows(statement)
        return value

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self.value(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))))

    @property
    def url(self) -> str:
        """The DATABASE_URL of this installation."""
        return os.environ["DATABASE_URL"].replace("/postgres?", f"/{self.name}?", 1)

    def create(self) -> None:
        """Create the database and load the dump into it."""
        with self.connect("postgres").cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.name}"')
        command = [str(binary("psql")), "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        done = subprocess.run(
            command, input=lzma.decompress(DUMP.read_bytes()), capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()

    def drop(self) -> None:
        """Drop the database and end all connections to it."""
        with self.connect("postgres").cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def manage(self, *command: str, fails: bool = False) -> str:
        """Run a command of manage.py on this database and return what it prints."""
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "GATEHOUSE_MASTER_KEY": MASTER_KEY,
            "GATEHOUSE_READ_RUNTIME": "0",
            "GATEHOUSE_AUDIT_ANCHORS": "/nonexistent/audit.anchors",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=HERE.parent.parent,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Version 0.1's demo site, not upgraded yet."""
    if "/postgres?" not in os.environ["DATABASE_URL"]:
        pytest.skip("DATABASE_URL names another server: the dump is loaded into the embedded one")
    made = Installation(f"upgrade_{uuid4().hex[:12]}")
    made.create()
    yield made
    made.drop()
