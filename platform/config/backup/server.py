"""The database server of an installation, and PostgreSQL's client programs for it."""

import os
import re
import shutil
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import environ
import psycopg2
from django.conf import settings

from config.appliance.postgres import DatabaseError, Postgres, binary
from config.appliance.runtime import Plan
from config.backup.errors import BackupError


@dataclass(frozen=True)
class Server:
    """One database and the role that backs it up or restores it.

    Attributes:
        host: name, or folder of the socket.
        port: empty for the default.
        user: role; a superuser keeps owners and privileges.
        password: of the role.
        database: name of the database.
    """

    host: str
    port: str
    user: str
    password: str
    database: str

    @classmethod
    def of(cls, plan: Plan) -> "Server":
        """Return the server of an installation.

        The embedded PostgreSQL is reached as its superuser. Of another server the role is that of
        DATABASE_OWNER_URL where it is set, else that of DATABASE_URL.
        """
        if plan.own_database and plan.home.postgres_password.is_file():
            socket = Postgres(plan.home, "").socket_folder
            password = plan.home.postgres_password.read_text().strip()
            return cls(str(socket), "", "postgres", password, "gatehouse")
        owner = settings.DATABASE_OWNER_URL
        found = environ.Env.db_url_config(owner) if owner else settings.DATABASES["default"]
        host = found.get("HOST") or found.get("OPTIONS", {}).get("host", "")
        port = str(found.get("PORT") or found.get("OPTIONS", {}).get("port", ""))
        return cls(str(host), port, found["USER"], found["PASSWORD"], str(found["NAME"]))

    def connect(self) -> Any:
        """Open an autocommit connection.

        Raises:
            BackupError: the server does not answer or refuses the role.
        """
        try:
            connection = psycopg2.connect(
                dbname=self.database,
                user=self.user or None,
                host=self.host or None,
                port=self.port or None,
                password=self.password or None,
            )
        except psycopg2.OperationalError as error:
            reason = str(error).strip().partition("\n")[0]
            raise BackupError(f"The database does not answer: {reason}.") from None
        connection.autocommit = True
        return connection

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own; return its rows."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    @cached_property
    def version(self) -> int:
        """Version number of the server, such as 180001."""
        [[number]] = self.query("SELECT current_setting('server_version_num')::int")
        return int(number)

    @property
    def major(self) -> int:
        """Major version of the server."""
        return self.version // 10_000

    @cached_property
    def is_superuser(self) -> bool:
        """Whether the role is a superuser."""
        [[answer]] = self.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(answer)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which PostgreSQL's programs find the server."""
        given = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {name: value for name, value in given.items() if value}


def find_program(name: str, server_major: int) -> Path:
    """Find pg_dump or pg_restore of the server's version, or of a newer one.

    Args:
        name: the program's name.
        server_major: the server's major version; an older program refuses to work with it.

    Raises:
        BackupError: there is none on this machine.
    """
    found: dict[int, Path] = {}
    for path in _candidates(name):
        version = _major_version(path)
        if version is not None and version >= server_major:
            found.setdefault(version, path)
    if not found:
        raise BackupError(
            f"{name} of version {server_major} or newer is missing on this machine: install "
            f"PostgreSQL's client programs (apt-get install postgresql-client-{server_major})."
        )
    return found[min(found)]


def _candidates(name: str) -> list[Path]:
    candidates = []
    with suppress(DatabaseError):
        candidates.append(binary(name))
    on_path = shutil.which(name)
    if on_path:
        candidates.append(Path(on_path))
    return candidates


def _major_version(path: Path) -> int | None:
    command = [str(path), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\d+", done.stdout)
    return int(number[0]) if number else None
