"""A supervised process: started in a session of its own, monitored, restarted, stopped.

Its output goes into a log file rather than a pipe, so that it keeps running when the supervisor
is killed.
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

MAX_RESTART_DELAY = 30.0  # seconds
HEALTHY_AFTER = 60.0  # seconds of uptime, after which the restart delay is reset
STOP_AGAIN_S = 1.0


@dataclass
class ManagedProcess:
    """A program of the appliance and the process that currently runs it, if any."""

    program: Program
    home: Home
    environment: Mapping[str, str]
    report: Callable[[str], None]
    first_delay: float = 0.25
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    delay: float = field(default=0.0)

    def start(self) -> None:
        """Run the program's preparation, then start the process."""
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
        records.save(
            self.home.run,
            self.program.name,
            self.process.pid,
            stop_signal=self.program.stop_signal.name,
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def restart_if_ended(self) -> None:
        """Restart the process after its delay, if it has ended."""
        if self.process is not None and not self.alive:
            self._plan_restart(self.process.returncode)
        if self.process is None and time.monotonic() >= self.restart_at:
            self._start_again()

    def _start_again(self) -> None:
        try:
            self.start()
        except OSError as error:  # for example a full disk; the other processes keep running
            self._delay_restart()
            self.report(f"{self.program.name} could not be started: {error}.")

    def _plan_restart(self, code: int) -> None:
        self.end_children()
        self._delay_restart()
        self.process = None
        how = describe_exit(code)
        self.report(f"{self.program.name} {how}; restarting in {self.delay:g} s.")

    def _delay_restart(self) -> None:
        healthy = time.monotonic() - self.started > HEALTHY_AFTER
        self.delay = self.first_delay if healthy or not self.delay else self.delay * 2
        self.delay = min(self.delay, MAX_RESTART_DELAY)
        self.restart_at = time.monotonic() + self.delay

    def end_children(self) -> None:
        """Kill the processes that remain in the ended process's session."""
        records.stop(records.session_processes(self.home.run, self.program.name), signal.SIGKILL, 0)

    def request_stop(self) -> None:
        """Send the program's stop signal."""
        if self.process is not None and self.alive:
            self.process.send_signal(self.program.stop_signal)

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for the process to end; kill it, and its session's rest, after the deadline.

        Args:
            deadline: a time of `time.monotonic`.
        """
        if self.process is not None:
            if not self._ends_before(self.process, deadline):
                self.report(f"{self.program.name} did not stop in time and was killed.")
                self.process.kill()
                self.process.wait()
            self.end_children()
        self.process = None
        records.remove(self.home.run, self.program.name)

    def _ends_before(self, process: "subprocess.Popen[bytes]", deadline: float) -> bool:
        """Wait for the end and send the stop signal again every second.

        mosquitto forgets a signal that comes between its first connection and its main loop.
        """
        while True:
            left = deadline - time.monotonic()
            try:
                process.wait(max(0.1, min(left, STOP_AGAIN_S)))
            except subprocess.TimeoutExpired:
                if left <= STOP_AGAIN_S:
                    return False
                self.request_stop()
            else:
                return True


def describe_exit(code: int) -> str:
    """Return an exit status as text."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"exited with status {code}"


def stop_leftovers(home: Home, report: Callable[[str], None], last: Sequence[str] = ()) -> None:
    """Stop every recorded process that a killed supervisor left running.

    Args:
        last: names to stop after all others, in this order, because the others depend on them.
    """
    names = [*(n for n in records.names(home.run) if n not in last), *last]
    for name in names:
        left = [p for p in records.session_processes(home.run, name) if p.pid != os.getpid()]
        if left:
            report(f"Stopping {name} (pid {left[0].pid}), left running by an earlier start.")
            recorded = records.load(home.run, name)
            # Version 0.1 recorded the signal as "ask".
            stop_signal = recorded.get("stop_signal", recorded.get("ask", "SIGTERM"))
            records.stop(left, signal.Signals[stop_signal])
        records.remove(home.run, name)
