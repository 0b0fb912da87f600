"""Real appliances for the tests, each with its own home and ports."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from config.appliance import records
from config.appliance.places import CODE, Home
from config.appliance.processes import stop_leftovers
from tests.ports import free_port

TINY = Path(__file__).with_name("tiny.py")
# Of a whole appliance on a busy machine: its tables are made, and ten processes started.
START_S = 240.0
OWN = ("DATABASE_URL", "MQTT_URL", "GATEHOUSE_READ_RUNTIME", "GATEHOUSE_PUBLIC_URL")


def eventually(happened: Callable[[], object], seconds: float = 60.0) -> bool:
    """Poll a condition until it is true; return False on timeout.

    The timeout is long: a process that starts on a busy machine needs half a minute.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return bool(happened())


class Appliance:
    """One home with two free ports, and the supervisor that a test runs in it."""

    def __init__(self, **environment: str) -> None:
        # Not below pytest's folder: that one is closed to PostgreSQL's system user.
        self.home = Home(Path(tempfile.mkdtemp(prefix="gatehouse test-")).resolve())
        self.web_port, self.broker_port = free_port(), free_port()
        self.backend_port, self.tls_port = free_port(), free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in OWN},
            "GATEHOUSE_HOME": str(self.home.root),
            "GATEHOUSE_PORT": str(self.web_port),
            "GATEHOUSE_MQTT_PORT": str(self.broker_port),
            "GATEHOUSE_MQTT_TLS_PORT": str(self.tls_port),
            "GATEHOUSE_MQTT_BACKEND_PORT": str(self.backend_port),
            **environment,
        }
        self.output = self.home.root / "output.txt"
        self.supervisor: subprocess.Popen[bytes] | None = None

    def start(self, command: str = str(TINY), **environment: str) -> "Appliance":
        """Start it, without waiting for it to be up."""
        with self.output.open("wb") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, *command.split()],
                cwd=CODE,
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def up(self, command: str = str(TINY), **environment: str) -> "Appliance":
        """Start it and wait until it reports that it is up."""
        self.start(command, **environment)
        assert eventually(self._has_started, START_S), self.text
        assert self.has_printed("Gatehouse is up"), self.text
        return self

    def _has_started(self) -> bool:
        return self.has_printed("Gatehouse is up") or self.ended

    @property
    def ended(self) -> bool:
        """Whether the supervisor has ended."""
        return self.supervisor is not None and self.supervisor.poll() is not None

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self.output.read_text(errors="replace")

    def has_printed(self, words: str) -> bool:
        """Return whether the text was printed since the last start."""
        return words in self.text

    def process(self, name: str) -> psutil.Process | None:
        """The running process of that name."""
        return records.find_running(self.home.run, name)

    def kill_supervisor(self) -> None:
        """Kill it with SIGKILL, like the kernel when memory is short."""
        assert self.supervisor is not None
        self.supervisor.kill()
        self.supervisor.wait()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; return its exit status."""
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        return self.supervisor.wait(60)

    def all_processes(self) -> list[psutil.Process]:
        """Return every recorded process of this home, with its session."""
        found = {
            p
            for name in records.names(self.home.run)
            for p in records.session_processes(self.home.run, name)
        }
        here = [p for p in psutil.process_iter() if _works_in(p, self.home.postgres)]
        return [*found, *here]

    def clear_away(self) -> None:
        """Stop everything and remove the home."""
        if self.supervisor is not None and not self.ended:
            self.stop()
        stop_leftovers(self.home, lambda line: None, last=("broker", "postgres"))
        shutil.rmtree(self.home.root)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
