"""What the appliance runs: one line for each process, and how each one is started."""

import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from config.appliance.places import CODE
from config.appliance.runtime import Plan, SettingError

Address = tuple[str, int]


def nothing() -> None:
    """Do nothing: the preparation of a program that needs none."""


@dataclass(frozen=True)
class Program:
    """One process that the supervisor keeps alive.

    `prepare` runs before every start; `ask` is the signal that ends it cleanly, and `patience`
    the seconds it may take; `user` the system user it runs as (only root can choose one);
    `address` the host and port at which it answers once it is ready.
    """

    name: str
    command: tuple[str, ...]
    user: str | None = None
    ask: signal.Signals = signal.SIGTERM
    patience: float = 15.0
    prepare: Callable[[], None] = field(default=nothing, compare=False)
    address: Address | None = None


def manage(name: str, *command: str) -> Program:
    """A program that is one of our own management commands."""
    return Program(name, (sys.executable, str(CODE / "manage.py"), *command))


def beside(text: str) -> Program:
    """A program of somebody's own, written as ``name=command with its arguments``.

    Raises SettingError where the text is not of that form.
    """
    name, _, command = text.partition("=")
    if not command or not name.replace("-", "_").isidentifier():
        raise SettingError(f"--beside {text}: write it as name=command.")
    return Program(name, tuple(shlex.split(command)))


def web(plan: Plan) -> Program:
    """The web server: pages and live channel in one process."""
    command = (
        *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
        *("--host", plan.web_bind, "--port", str(plan.web_port)),
        *("--no-server-header", "--no-access-log", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "3"),
    )
    return Program("web", command, address=(plan.web_host, plan.web_port))


def table(plan: Plan, *, demo: bool) -> list[Program]:
    """Every process above database and broker, in the order of their start."""
    programs = [
        web(plan),
        manage("gates", "ingest", "gates"),
        manage("telemetry", "ingest", "telemetry"),
        manage("plates", "read_plates"),
        manage("jobs", "run_jobs", "--queue", "fast", "--alone"),
        manage("bulk-jobs", "run_jobs", "--queue", "bulk", "--alone"),
        manage("audit", "seal_audit"),
    ]
    return [*programs, manage("simulator", "simulate")] if demo else programs
