"""An appliance's database, broker and ingest processes, each of which a test may kill."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from config.appliance.broker import Broker
from config.appliance.places import CODE, Home
from config.appliance.postgres import DATABASE, Postgres
from config.appliance.processes import ManagedProcess
from config.appliance.programs import Program, manage, web
from config.appliance.records import wait_until
from config.appliance.runtime import BACKEND_HOST, Choices, Plan
from tests.ports import free_port

# Raise it for a long stream on a busy machine.
PATIENCE_S = float(os.environ.get("GATEHOUSE_FAULT_PATIENCE_S", "60"))
#: Code that collects the static files, which takes seconds, unless the home was copied with them.
COLLECT = """
from django.conf import settings
from config.appliance.pages import collect_static
from config.appliance.places import Home
collect_static(Home.at(settings.HOME))
"""


def wait_for(happened: Callable[[], bool], what: str, seconds: float = 0.0) -> None:
    """Wait until the condition holds; fail after the timeout plus so many seconds."""
    patience = PATIENCE_S + seconds
    assert wait_until(happened, patience, step=0.01), f"{what} within {patience:.0f} s"


class Appliance:
    """The processes of `make up` without the supervisor: the test itself restarts them."""

    def __init__(self, folder: Path) -> None:
        self.home = Home.at(folder)
        self.home.create()
        choices = {**_environment(), "GATEHOUSE_MQTT_PORT": str(free_port())}
        choices["GATEHOUSE_MQTT_BACKEND_PORT"] = str(free_port())
        choices["GATEHOUSE_PORT"] = str(free_port())
        self.plan = Plan.of(self.home, Choices(choices, {}))
        self._postgres = Postgres(self.home, self.plan.secrets["GATEHOUSE_DATABASE_PASSWORD"])
        self.environment = self.plan.environment(str(self._postgres.socket_folder))
        self._kept: list[ManagedProcess] = []

    @property
    def mqtt_url(self) -> str:
        """The broker, with the backend's own credentials."""
        return self.environment["MQTT_URL"]

    def start(self) -> None:
        """Start database and broker, and create the tables and the schedules."""
        self.start_servers()
        self.create_tables()

    def create_tables(self) -> None:
        """Create the tables, and store the schedules of the jobs."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("sync_schedules")

    def start_servers(self) -> None:
        """Start database and broker on what is in the home."""
        self.start_database()
        part = Broker(self.home, self.plan)
        part.write_files()
        self.broker = self._start(part.program())
        wait_for(self._broker_answers, "the broker answers")

    def start_database(self) -> None:
        """Start the database, created if it is missing; the tables are not."""
        self._postgres.initialise()
        self.database = self._start(self._postgres.program())
        wait_for(self._postgres.is_ready, "PostgreSQL answers")
        self._postgres.create_database()

    def ingest(self, stream: str, name: str = "") -> ManagedProcess:
        """Start `manage.py ingest` of that stream, with a log of that name."""
        return self._start(manage(name or stream, "ingest", stream))

    def run_jobs(self, queue: str) -> ManagedProcess:
        """Start the worker of that queue."""
        return self._start(manage(f"{queue}-jobs", "run_jobs", "--queue", queue, "--alone"))

    def send_outbox(self, *lanes: str) -> ManagedProcess:
        """Start the process of these lanes of the outbox."""
        # Django's checks load the pages of the whole web, a quarter of the start.
        return self._start(manage("sender", "send_outbox", "--skip-checks", *lanes, "--alone"))

    def read_plates(self) -> ManagedProcess:
        """Start the plate reader."""
        return self._start(manage("plates", "read_plates"))

    def serve_web(self) -> ManagedProcess:
        """Start the web server, at the plan's host and port."""
        return self._start(web(self.plan))

    def manage(self, *command: str) -> str:
        """Run a management command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, str(CODE / "manage.py"), *command],
            env=self.environment,
            cwd=CODE,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def query(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        """Run an SQL query and return its rows."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def execute(self, statement: str) -> None:
        """Run an SQL statement."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def mosquitto_login(self) -> tuple[str, ...]:
        """Return the arguments with which mosquitto's own clients reach the broker."""
        where = ("-h", BACKEND_HOST, "-p", str(self.plan.backend_port))
        return (*where, "-u", "backend", "-P", self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"])

    def number(self, question: str, values: Sequence[object] = ()) -> int:
        """Run an SQL query and return its only number."""
        return int(self.query(question, values)[0][0])

    def superuser(self) -> Any:
        """Open an autocommit connection to the database that may do everything."""
        return self._postgres.connect(DATABASE)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Block all other writers of the table, even those in the middle of a transaction."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
        finally:
            connection.close()

    @contextmanager
    def commits_never_answered(self) -> Iterator[None]:
        """Let every commit wait for a missing standby after it is on disk.

        No client gets an answer meanwhile; at the end all these commits have taken place.
        """
        self.set_database("synchronous_standby_names", "nobody")
        try:
            yield
        finally:
            self.set_database("synchronous_standby_names", "")

    def set_database(self, name: str, value: str) -> None:
        """Change a setting of the database, which is kept when it is started again."""
        connection = self._postgres.connect()
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER SYSTEM SET {name} = '{value}'")
                cursor.execute("SELECT pg_reload_conf()")
        finally:
            connection.close()

    def batch_is_committed_unanswered(self) -> bool:
        """Return whether a transaction that wrote telemetry waits for the answer to its commit."""
        return (
            self.number(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE wait_event = 'SyncRep' AND relation = 'telemetry_measurement'::regclass"
            )
            > 0
        )

    def lock_is_awaited(self) -> bool:
        """Return whether a transaction waits for a lock."""
        return self.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0

    def kill(self, kept: ManagedProcess) -> None:
        """Kill the process with SIGKILL."""
        assert kept.alive, "it died by itself before it was killed"
        os.kill(kept.process.pid, signal.SIGKILL)
        kept.process.wait()

    def kill_postgres(self) -> None:
        """Kill the server and all its backends with SIGKILL."""
        everyone = self._postgres.leftovers()
        assert everyone
        for process in everyone:
            # The dying postmaster may have ended it at the same moment.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.database.process.wait()
        wait_for(lambda: not any(map(_lives, everyone)), "every backend is gone")

    def restart(self, kept: ManagedProcess) -> None:
        """Start a killed process again, as the supervisor does."""
        kept.start()

    def restart_postgres(self) -> None:
        """Restart the killed server and wait until it has recovered."""
        self.database.start()
        wait_for(self._postgres.is_ready, "PostgreSQL has recovered")

    def stop_broker(self) -> None:
        """Stop the broker as the supervisor does, so that it saves its state."""
        self.broker.process.send_signal(self.broker.program.stop_signal)
        self.broker.process.wait(self.broker.program.stop_timeout)

    def broker_has_written_down(self, text: str) -> Callable[[], bool]:
        """Return a function that returns whether the text is in the broker's store."""
        store = self.home.broker / "store" / "mosquitto.db"
        return lambda: store.exists() and text.encode() in store.read_bytes()

    def restart_broker(self) -> None:
        """Restart the broker on its saved state."""
        self.stop_broker()
        self.broker.start()
        wait_for(self._broker_answers, "the broker answers again")

    def log_of(self, name: str) -> str:
        """Return the log of a process."""
        return (self.home.log / f"{name}.log").read_text()

    def show_logs(self) -> None:
        """Print the end of every log: pytest shows it with a test that failed."""
        for log in sorted(self.home.log.iterdir()):
            sys.stdout.write(f"-- {log.name}\n{log.read_text()[-3000:]}\n")

    def stop(self) -> None:
        """Stop all processes, the last started first."""
        for kept in reversed(self._kept):
            if kept.alive:
                kept.process.send_signal(kept.program.stop_signal)
                kept.process.wait(kept.program.stop_timeout)

    def _start(self, program: Program) -> ManagedProcess:
        kept = ManagedProcess(program, self.home, self.environment, print)
        kept.start()
        self._kept.append(kept)
        return kept

    def _broker_answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.plan.broker_host, self.plan.broker_port)) == 0


def _environment() -> dict[str, str]:
    """Return this process's environment without the address of another database or broker."""
    ours = ("DATABASE_URL", "MQTT_URL", "REDIS_URL")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("GATEHOUSE_")
    }


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
