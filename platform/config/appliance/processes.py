"""One kept process: started in a session of its own, watched, restarted, ended.

Its output goes straight into its log file, not through a pipe: when the supervisor is killed, a
gate process goes on without noticing.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from config.appliance import records
from config.appliance.places import CODE, Home
from config.appliance.programs import Program

LONGEST_PAUSE = 30.0  # seconds between two tries to start
SETTLED = 60.0  # seconds after which a process counts as healthy again


@dataclass
class Kept:
    """A program of the appliance and the process that runs it now, if one does."""

    program: Program
    home: Home
    environment: Mapping[str, str]
    tell: Callable[[str], None]
    first_pause: float = 0.25
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    pause: float = field(default=0.0)

    def start(self) -> None:
        """Start the process, after what its program prepares."""
        self.program.prepare()
        with (self.home.log / f"{self.program.name}.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own table
                self.program.command,
                env=dict(self.environment),
                cwd=CODE if self.program.user is None else "/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.program.user,
                group=self.program.user,
                extra_groups=None if self.program.user is None else [],
            )
        self.started = time.monotonic()
        records.remember(
            self.home.run, self.program.name, self.process.pid, ask=self.program.ask.name
        )

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self.process is not None and self.process.poll() is None

    def look_after(self) -> None:
        """Notice that the process ended, and start it again when its pause is over."""
        if self.process is not None and not self.alive:
            self._plan_restart(self.process.returncode)
        if self.process is None and time.monotonic() >= self.again_at:
            self._start_again()

    def _start_again(self) -> None:
        try:
            self.start()
        except OSError as error:  # a full disk, say: the others go on, and this one later
            self._pause()
            self.tell(f"{self.program.name} could not be started: {error}.")

    def _plan_restart(self, code: int) -> None:
        self.end_rest()
        self._pause()
        self.process = None
        how = how_it_ended(code)
        self.tell(f"{self.program.name} {how}; starting it again in {self.pause:g} s.")

    def _pause(self) -> None:
        healthy = time.monotonic() - self.started > SETTLED
        self.pause = self.first_pause if healthy or not self.pause else self.pause * 2
        self.pause = min(self.pause, LONGEST_PAUSE)
        self.again_at = time.monotonic() + self.pause

    def end_rest(self) -> None:
        """End what the dead process left behind in its session."""
        records.end(records.session(self.home.run, self.program.name), signal.SIGKILL, 0)

    def ask_to_end(self) -> None:
        """Send the signal that ends the process cleanly."""
        if self.process is not None and self.alive:
            self.process.send_signal(self.program.ask)

    def finish(self, deadline: float) -> None:
        """Wait for the end until the monotonic time `deadline`, then kill what is left."""
        if self.process is not None:
            try:
                self.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.tell(f"{self.program.name} did not end in time and was killed.")
                self.process.kill()
                self.process.wait()
            self.end_rest()
        self.process = None
        records.forget(self.home.run, self.program.name)


def how_it_ended(code: int) -> str:
    """Words for the exit status of a process."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"


def end_leftovers(home: Home, tell: Callable[[str], None], last: Sequence[str] = ()) -> None:
    """End every recorded process that still runs: what a killed supervisor left behind.

    The names in `last` are ended after all others, in their order: the others use them.
    """
    names = [*(n for n in records.names(home.run) if n not in last), *last]
    for name in names:
        left = [p for p in records.session(home.run, name) if p.pid != os.getpid()]
        if left:
            tell(f"Ending {name} (pid {left[0].pid}), left running by an earlier start.")
            ask = signal.Signals[records.facts(home.run, name).get("ask", "SIGTERM")]
            records.end(left, ask)
        records.forget(home.run, name)
