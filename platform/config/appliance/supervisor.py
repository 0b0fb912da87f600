"""The supervisor: starts the processes in order, restarts them, stops them in reverse order."""

import contextlib
import errno
import fcntl
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from config.appliance import broker, postgres, records, restarts
from config.appliance.output import LogFollower, print_line
from config.appliance.places import Home
from config.appliance.processes import ManagedProcess
from config.appliance.programs import Address, Program

POLL_S = 0.2
READY_TIMEOUT_S = 120.0  # a database may have to recover first
SUPERVISOR = "supervisor"
_SERVERS = (broker.NAME, postgres.NAME)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(Exception):
    """The appliance cannot start; the text is one line with the cause and a hint."""


@dataclass
class Supervisor:
    """All processes of one appliance, in start order."""

    home: Home
    environment: Mapping[str, str]
    first_delay: float = 0.25
    processes: list[ManagedProcess] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.follower = LogFollower(self.home.log)

    def listen_to_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal stop the appliance cleanly."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def start(self, program: Program) -> ManagedProcess:
        """Start a program, and restart it whenever it ends.

        Raises StartError if it cannot be run at all.
        """
        process = ManagedProcess(
            program, self.home, self.environment, self.report, self.first_delay
        )
        self.processes.append(process)
        try:
            process.start()
        except OSError as error:
            raise StartError(f"{program.name} cannot be run: {error}.") from None
        return process

    def report(self, line: str) -> None:
        """Print a line of the supervisor's own, after the processes' lines before it."""
        self.follower.show_new_lines()
        print_line(line)

    def check_all(self) -> None:
        """Show new log lines, and restart processes that ended."""
        self.follower.show_new_lines()
        for process in self.processes:
            process.restart_if_ended()

    def wait_for(
        self,
        process: ManagedProcess,
        ready: Callable[[], bool] | None = None,
        seconds: float = READY_TIMEOUT_S,
    ) -> None:
        """Wait until a process is ready; by default, until it accepts connections.

        Raises StartError if the process ends first or takes too long, and Stopped on a stop signal.
        """
        is_ready = ready or (lambda: answers(process.program.address))
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.stopping.wait(POLL_S / 4):
                raise Stopped
            self.follower.show_new_lines()
            if not process.alive or time.monotonic() > deadline:
                log = self.home.log / f"{process.program.name}.log"
                raise StartError(f"{process.program.name} did not start; see {log}.")

    def run_once(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command to its end, showing its log lines.

        Args:
            environment: variables for this command only.

        Raises StartError if it fails, and Stopped on a stop signal.
        """
        variables = {**self.environment, **environment}
        process = ManagedProcess(Program(name, tuple(command)), self.home, variables, self.report)
        process.start()
        try:
            while process.alive:
                self.check_all()
                if self.stopping.wait(POLL_S):
                    raise Stopped
            if process.process is not None and process.process.returncode:
                self.follower.show_new_lines()
                raise StartError(f"{name} failed; see {self.home.log / (name + '.log')}.")
        finally:
            process.request_stop()
            process.wait_or_kill(time.monotonic() + process.program.stop_timeout)

    def run_until_request(self) -> str:
        """Supervise the processes until a stop signal, or until a restart is requested.

        Returns what is to be restarted; empty after a stop signal.
        """
        while not self.stopping.wait(POLL_S):
            self.check_all()
            if what := restarts.take_request(self.home):
                return what
        return ""

    def restart(self, name: str, program: Program) -> None:
        """Restart one process, with its program as it is now."""
        self.stop(name)
        self.wait_for(self.start(program))

    def stop(self, name: str) -> None:
        """Stop one process; nothing happens if it does not run."""
        for process in [each for each in self.processes if each.program.name == name]:
            self._stop_together([process])
            self.processes.remove(process)

    def stop_all(self) -> None:
        """Stop the processes that use database and broker first, then these two."""
        self.stop_programs()
        for name in _SERVERS:
            self._stop_together([p for p in self.processes if p.program.name == name])
        self.processes.clear()
        self.follower.show_new_lines()

    def stop_programs(self) -> None:
        """Stop the processes that use database and broker."""
        programs = [p for p in self.processes if p.program.name not in _SERVERS]
        self._stop_together(programs)
        self.processes = [p for p in self.processes if p not in programs]

    def _stop_together(self, group: Sequence[ManagedProcess]) -> None:
        for process in group:
            process.request_stop()
        began = time.monotonic()
        for process in group:
            process.wait_or_kill(began + process.program.stop_timeout)


class Stopped(Exception):  # noqa: N818 - not an error
    """A stop signal arrived while the appliance was starting."""


@contextlib.contextmanager
def exclusive_home(home: Home) -> Iterator[None]:
    """Lock the home for this supervisor; the lock is released however the process ends.

    Raises StartError if another supervisor holds it.
    """
    with (home.run / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            known = records.load(home.run, SUPERVISOR)
            raise StartError(
                f"Gatehouse already runs here (pid {known.get('pid', '?')}) at "
                f"{known.get('address', 'its address')}: stop that one with Ctrl-C first, or give "
                "this one a home of its own with GATEHOUSE_HOME=/path."
            ) from None
        yield


def require_port(bind: str, port: int, what: str, variable: str) -> None:
    """Check that a server can listen at an address.

    Raises StartError, naming the environment variable to change, if it cannot.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise StartError(listen_error(error, bind, port, what, variable)) from None


def listen_error(error: OSError, bind: str, port: int, what: str, variable: str) -> str:
    """Return one line: why the address is not available, and which variable changes it."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {bind} is taken by another program, and {what} needs it: stop that "
            f"program, or choose another port with {variable}_PORT={port + 1}."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} may not be used by this user, and {what} needs it: choose one above "
            f"1023 with {variable}_PORT."
        )
    return f"{what} cannot listen on {bind} ({error.strerror}): change {variable}_BIND."


def answers(address: Address | None) -> bool:
    """Return whether a server accepts connections at the address; True without an address."""
    if address is None:
        return True
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False
