"""The supervisor: starts the parts in order, keeps them alive, stops them in the other order."""

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

from config.appliance import broker, postgres, records
from config.appliance.output import Follower, say
from config.appliance.places import Home
from config.appliance.processes import Kept
from config.appliance.programs import Address, Program

HEARTBEAT = 0.2  # seconds between two looks at the processes
READY = 120.0  # seconds that a database may take to recover, or a web server to load
SUPERVISOR = "supervisor"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(Exception):
    """The appliance cannot start; the text says in one line what is wrong and how to hint it."""


@dataclass
class Supervisor:
    """Every process of one appliance, in the order of their start."""

    home: Home
    environment: Mapping[str, str]
    first_pause: float = 0.25
    kept: list[Kept] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.follower = Follower(self.home.log)

    def listen_to_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal stop the appliance cleanly."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def start(self, program: Program) -> Kept:
        """Start a program and keep it from now on.

        Raises StartError where it cannot be run at all.
        """
        kept = Kept(program, self.home, self.environment, self.tell, self.first_pause)
        self.kept.append(kept)
        try:
            kept.start()
        except OSError as error:
            raise StartError(f"{program.name} cannot be run: {error}.") from None
        return kept

    def tell(self, line: str) -> None:
        """Show a line of the supervisor's own, after what the processes said before it."""
        self.follower.show_new_lines()
        say(line)

    def look_after_all(self) -> None:
        """One round: show new lines, restart what died."""
        self.follower.show_new_lines()
        for kept in self.kept:
            kept.look_after()

    def wait_for(
        self, kept: Kept, ready: Callable[[], bool] | None = None, seconds: float = READY
    ) -> None:
        """Wait until `ready` says yes; without it, until the program answers at its address.

        Raises StartError where the process ends first or takes too long, and Stopped where a
        person stops the start.
        """
        is_ready = ready or (lambda: answers(kept.program.address))
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.stopping.wait(HEARTBEAT / 4):
                raise Stopped
            self.follower.show_new_lines()
            if not kept.alive or time.monotonic() > deadline:
                log = self.home.log / f"{kept.program.name}.log"
                raise StartError(f"{kept.program.name} did not start; its last words: {log}.")

    def run_once(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command to its end, showing its lines.

        Args:
            environment: variables that this command gets and no other process.

        Raises StartError where it fails, and Stopped where a person stops the start.
        """
        variables = {**self.environment, **environment}
        kept = Kept(Program(name, tuple(command)), self.home, variables, self.tell)
        kept.start()
        try:
            while kept.alive:
                self.look_after_all()
                if self.stopping.wait(HEARTBEAT):
                    raise Stopped
            if kept.process is not None and kept.process.returncode:
                self.follower.show_new_lines()
                raise StartError(f"{name} failed; see {self.home.log / (name + '.log')}.")
        finally:
            kept.ask_to_end()
            kept.finish(time.monotonic() + kept.program.patience)

    def keep_going(self) -> None:
        """Look after all until a signal says stop."""
        while not self.stopping.wait(HEARTBEAT):
            self.look_after_all()

    def stop_all(self) -> None:
        """End the processes: first all that use database and broker, then these two."""
        servers = (broker.NAME, postgres.NAME)
        users = [kept for kept in self.kept if kept.program.name not in servers]
        self._end_together(users)
        for name in servers:
            self._end_together([kept for kept in self.kept if kept.program.name == name])
        self.kept.clear()
        self.follower.show_new_lines()

    def _end_together(self, group: Sequence[Kept]) -> None:
        for kept in group:
            kept.ask_to_end()
        began = time.monotonic()
        for kept in group:
            kept.finish(began + kept.program.patience)


class Stopped(Exception):  # noqa: N818 - no error: a person said stop
    """A person stopped the appliance while it was starting."""


@contextlib.contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Hold the home for this supervisor; the lock goes with the process, however it ends.

    Raises StartError where another supervisor holds it.
    """
    with (home.run / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            known = records.facts(home.run, SUPERVISOR)
            raise StartError(
                f"Gatehouse already runs here (pid {known.get('pid', '?')}) at "
                f"{known.get('address', 'its address')}: stop that one with Ctrl-C first, or give "
                "this one a home of its own with GATEHOUSE_HOME=/path."
            ) from None
        yield


def require_port(bind: str, port: int, what: str, variable: str) -> None:
    """Make sure that a server of ours can listen there.

    Raises StartError, naming the environment variable to change, where it cannot.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise StartError(rejection(error, bind, port, what, variable)) from None


def rejection(error: OSError, bind: str, port: int, what: str, variable: str) -> str:
    """One line: why nothing can listen at this address, and which variable changes it."""
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
    return f"{what} cannot listen on {bind} ({error.strerror}): mend {variable}_BIND."


def answers(address: Address | None) -> bool:
    """True where something takes connections at the address, or where there is none to try."""
    if address is None:
        return True
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False
