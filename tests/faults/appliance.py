"""The appliance's own database, broker and ingest processes, each of which a test may kill."""

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
from config.appliance.postgres import Postgres
from config.appliance.processes import Kept
from config.appliance.programs import Program, manage
from config.appliance.records import wait_until
from config.appliance.runtime import Choices, Plan

# A long stream on a busy machine needs more.
PATIENCE_S = float(os.environ.get("GATEHOUSE_FAULT_PATIENCE_S", "60"))


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for it; the test fails, saying what was waited for, when it does not come."""
    assert wait_until(happened, PATIENCE_S, step=0.01), f"{what} within {PATIENCE_S:.0f} s"


class Appliance:
    """What `make up` starts, without the supervisor: here the test is what restarts."""

    def __init__(self, folder: Path) -> None:
        self.home = Home.at(folder)
        self.home.make()
        choices = {**_environment(), "GATEHOUSE_MQTT_PORT": str(_free_port())}
        self.plan = Plan.of(self.home, Choices(choices, {}))
        self._postgres = Postgres(self.home, self.plan.secrets["GATEHOUSE_DATABASE_PASSWORD"])
        self.environment = self.plan.environment(str(self._postgres.socket_folder))
        self._kept: list[Kept] = []

    @property
    def mqtt_url(self) -> str:
        """The broker, with the backend's own credentials."""
        return self.environment["MQTT_URL"]

    def start(self) -> None:
        """Start database and broker and make the tables."""
        self._postgres.make()
        self.database = self._start(self._postgres.program())
        until(self._postgres.answers, "PostgreSQL answers")
        self._postgres.make_database()
        part = Broker(self.home, self.plan)
        part.make()
        self.broker = self._start(part.program())
        until(self._broker_answers, "the broker answers")
        self.manage("migrate", "--verbosity", "0")

    def ingest(self, stream: str) -> Kept:
        """Start `manage.py ingest` of that stream."""
        return self._start(manage(stream, "ingest", stream))

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

    def ask(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        """Return the rows that answer an SQL question."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def execute(self, statement: str) -> None:
        """Carry out an SQL statement."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def mosquitto_login(self) -> tuple[str, ...]:
        """Return the arguments with which mosquitto's own clients reach the broker."""
        where = ("-h", self.plan.broker_host, "-p", str(self.plan.broker_port))
        return (*where, "-u", "backend", "-P", self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"])

    def number(self, question: str, values: Sequence[object] = ()) -> int:
        """Return the one number that answers an SQL question."""
        return int(self.ask(question, values)[0][0])

    @contextmanager
    def holding(self, table: str) -> Iterator[None]:
        """Keep everybody else from writing to the table, in the middle of a transaction or not."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
        finally:
            connection.close()

    def somebody_waits(self) -> bool:
        """Whether a transaction waits for a lock."""
        return self.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0

    def kill(self, kept: Kept) -> None:
        """End the process as `kill -9` does, in the middle of whatever it does."""
        assert kept.alive, "it died by itself before it was killed"
        os.kill(kept.process.pid, signal.SIGKILL)
        kept.process.wait()

    def kill_postgres(self) -> None:
        """End the server and every one of its backends as `kill -9` does."""
        everyone = self._postgres.leftovers()
        assert everyone
        for process in everyone:
            # The postmaster, dying, may have ended it in this very moment.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.database.process.wait()
        until(lambda: not any(map(_lives, everyone)), "every backend is gone")

    def restart(self, kept: Kept) -> None:
        """Start a killed process again, as the supervisor does."""
        kept.start()

    def restart_postgres(self) -> None:
        """Start the killed server again; it has recovered when it answers a query."""
        self.database.start()
        until(self._postgres.answers, "PostgreSQL has recovered")

    def restart_broker(self) -> None:
        """Stop the broker as the supervisor does, and start it again on what it keeps."""
        self.broker.process.send_signal(self.broker.program.ask)
        self.broker.process.wait(self.broker.program.patience)
        self.broker.start()
        until(self._broker_answers, "the broker answers again")

    def log_of(self, name: str) -> str:
        """Return what a process wrote."""
        return (self.home.log / f"{name}.log").read_text()

    def show_logs(self) -> None:
        """Print the end of every log: pytest shows it with a test that failed."""
        for log in sorted(self.home.log.iterdir()):
            sys.stdout.write(f"-- {log.name}\n{log.read_text()[-3000:]}\n")

    def stop(self) -> None:
        """End everything, the last started first."""
        for kept in reversed(self._kept):
            if kept.alive:
                kept.process.send_signal(kept.program.ask)
                kept.process.wait(kept.program.patience)

    def _start(self, program: Program) -> Kept:
        kept = Kept(program, self.home, self.environment, print)
        kept.start()
        self._kept.append(kept)
        return kept

    def _broker_answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.plan.broker_host, self.plan.broker_port)) == 0


def _environment() -> dict[str, str]:
    """This process's environment, without what would lead to another database or broker."""
    ours = ("DATABASE_URL", "MQTT_URL", "REDIS_URL")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("GATEHOUSE_")
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
