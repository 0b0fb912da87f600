"""The appliance's processes and how each one is started."""

import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.appliance.certificates import server_files
from config.appliance.places import CODE
from config.appliance.runtime import Plan, SettingError

Address = tuple[str, int]


def no_preparation() -> None:
    """Do nothing; the default of `Program.prepare`."""


@dataclass(frozen=True)
class Program:
    """One process that the supervisor restarts whenever it ends.

    Attributes:
        user: the system user it runs as; only root can choose one.
        stop_signal: the signal that ends it cleanly.
        stop_timeout: seconds until it is killed.
        prepare: runs before every start.
        address: the host and port at which it accepts connections once it is ready.
    """

    name: str
    command: tuple[str, ...]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 15.0
    prepare: Callable[[], None] = field(default=no_preparation, compare=False)
    address: Address | None = None


def manage(name: str, *command: str) -> Program:
    """Return the program that runs a management command."""
    return Program(name, (sys.executable, str(CODE / "manage.py"), *command))


def extra_program(text: str) -> Program:
    """Parse a further program, written as ``name=command with its arguments``.

    Raises SettingError if the text is not of that form.
    """
    name, _, command = text.partition("=")
    if not command or not name.replace("-", "_").isidentifier():
        raise SettingError(f"--program {text}: write it as name=command.")
    return Program(name, tuple(shlex.split(command)))


def web(plan: Plan) -> Program:
    """Return the web server, which serves pages and live channel in one process."""
    command = (
        *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
        *("--http", "config.http_protocol:TimedProtocol"),
        # Empty means that no one's X-Forwarded-For is believed.
        *("--proxy-headers", "--forwarded-allow-ips", plan.trusted_proxies),
        *("--host", plan.web_bind, "--port", str(plan.web_port)),
        *("--no-server-header", "--no-access-log", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "3"),
        *_certificate_options(plan),
    )
    return Program("web", command, address=(plan.web_host, plan.web_port))


def _certificate_options(plan: Plan) -> tuple[str, ...]:
    chosen = plan.web_certificate
    if not chosen.certificate:
        return ()
    certificate, key = Path(chosen.certificate), Path(chosen.key)
    if chosen.is_generated:
        certificate, key = server_files(plan.home, plan.names)
    return ("--ssl-certfile", str(certificate), "--ssl-keyfile", str(key))


def appliance_programs(plan: Plan, *, demo: bool) -> list[Program]:
    """Return every process above database and broker, in start order."""
    programs = [
        web(plan),
        manage("gates", "ingest", "gates"),
        manage("telemetry", "ingest", "telemetry"),
        manage("plates", "read_plates"),
        manage("jobs", "run_jobs", "--queue", "fast", "--alone"),
        manage("bulk-jobs", "run_jobs", "--queue", "bulk", "--alone"),
        manage("sender", "send_outbox", "feeds", "notifications:32", "--alone"),
        manage("audit", "seal_audit"),
    ]
    return [*programs, manage("simulator", "simulate")] if demo else programs
