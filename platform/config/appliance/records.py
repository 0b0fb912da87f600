"""Records of the processes that were started, so that a later start can find them.

A supervisor killed with -9 leaves its children running. Pids are reused, so a record holds the
process's start time as well, and a process whose leader has ended is recognised by its session,
whose id is the leader's pid.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

CLOCK_TOLERANCE = (
    3.0  # seconds; start times are computed from the system clock, which may be adjusted
)
STOP_TIMEOUT = 10.0  # seconds between the stop signal and SIGKILL


def save(folder: Path, name: str, pid: int, **facts: str) -> None:
    """Record that process `pid` runs as `name`, with further facts."""
    with contextlib.suppress(psutil.NoSuchProcess):
        record = {"pid": pid, "started": psutil.Process(pid).create_time(), **facts}
        partial = folder / f".{name}.new"
        partial.write_text(json.dumps(record))
        partial.replace(folder / f"{name}.json")


def remove(folder: Path, name: str) -> None:
    """Remove the record of `name`."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def load(folder: Path, name: str) -> dict[str, str]:
    """Return the record of `name`; empty if it is missing or unreadable."""
    try:
        record = json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and "pid" in record else {}


def find_running(folder: Path, name: str) -> psutil.Process | None:
    """Return the process recorded as `name`, if that same process still runs."""
    record = load(folder, name)
    if not record:
        return None
    process = find_process(int(record["pid"]))
    if process is None or abs(process.create_time() - float(record["started"])) > CLOCK_TOLERANCE:
        return None
    return process


def names(folder: Path) -> list[str]:
    """Return the names of all records."""
    return sorted(path.stem for path in folder.glob("*.json"))


def find_process(pid: int) -> psutil.Process | None:
    """Return the process, or None if it has ended or is a zombie."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if is_running(process) else None


def session_processes(folder: Path, name: str) -> list[psutil.Process]:
    """Return the running processes of a record: its leader and the rest of the leader's session."""
    record = load(folder, name)
    if not record:
        return []
    leader, since = int(record["pid"]), float(record["started"]) - CLOCK_TOLERANCE
    return [p for p in psutil.process_iter() if _belongs(p, leader, since)]


def _belongs(process: psutil.Process, leader: int, since: float) -> bool:
    try:
        ours = os.getsid(process.pid) == leader and process.create_time() >= since
        return ours and is_running(process)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return False


def stop(
    processes: Iterable[psutil.Process],
    stop_signal: signal.Signals = signal.SIGTERM,
    timeout: float = STOP_TIMEOUT,
) -> None:
    """Send a signal to each process, and SIGKILL to those still running after the timeout."""
    waiting = list(processes)
    send_signal(waiting, stop_signal)
    if not wait_until(lambda: not any(map(is_running, waiting)), timeout):
        send_signal(filter(is_running, waiting), signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, waiting)), STOP_TIMEOUT)


def send_signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to each process that still exists."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def is_running(process: psutil.Process) -> bool:
    """Return whether the process runs and is not a zombie.

    In a container, whose first process often reaps no children, a zombie may stay for ever.
    """
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Poll a condition until it is true; return False on timeout."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True
