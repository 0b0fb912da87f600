"""Which processes are ours: a small record of each, so that a later start can find them.

A supervisor killed with -9 leaves its children running. A pid alone does not say that a process
is ours (pids are used again), so a record holds the time it started as well, and a process whose
leader is gone is recognised by its session, which the leader's pid names.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

CLOCK_TOLERANCE = 3.0  # seconds: the time of a start is computed from the clock, which is adjusted
PATIENCE = 10.0  # seconds between asking a process to end and ending it


def remember(folder: Path, name: str, pid: int, **facts: str) -> None:
    """Write down that `pid` is our process `name`, with what else a later reader needs."""
    with contextlib.suppress(psutil.NoSuchProcess):
        record = {"pid": pid, "started": psutil.Process(pid).create_time(), **facts}
        partial = folder / f".{name}.new"
        partial.write_text(json.dumps(record))
        partial.replace(folder / f"{name}.json")


def forget(folder: Path, name: str) -> None:
    """Remove the record of `name`."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def facts(folder: Path, name: str) -> dict[str, str]:
    """The record of `name`; empty where there is none that can be read."""
    try:
        record = json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and "pid" in record else {}


def living(folder: Path, name: str) -> psutil.Process | None:
    """The process that was recorded as `name`, where it is still the same one and runs."""
    record = facts(folder, name)
    if not record:
        return None
    process = running(int(record["pid"]))
    if process is None or abs(process.create_time() - float(record["started"])) > CLOCK_TOLERANCE:
        return None
    return process


def names(folder: Path) -> list[str]:
    """The names of all records."""
    return sorted(path.stem for path in folder.glob("*.json"))


def running(pid: int) -> psutil.Process | None:
    """The process `pid`, or None where it is gone or only waits to be reaped."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if lives(process) else None


def session(folder: Path, name: str) -> list[psutil.Process]:
    """Every process left of `name`: its leader, and what the leader started in its session."""
    record = facts(folder, name)
    if not record:
        return []
    leader, since = int(record["pid"]), float(record["started"]) - CLOCK_TOLERANCE
    return [p for p in psutil.process_iter() if _belongs(p, leader, since)]


def _belongs(process: psutil.Process, leader: int, since: float) -> bool:
    try:
        ours = os.getsid(process.pid) == leader and process.create_time() >= since
        return ours and lives(process)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return False


def end(
    processes: Iterable[psutil.Process],
    ask: signal.Signals = signal.SIGTERM,
    patience: float = PATIENCE,
) -> None:
    """Ask each process to end by the signal `ask`; after `patience` seconds, kill what is left."""
    waiting = list(processes)
    send(waiting, ask)
    if not wait_until(lambda: not any(map(lives, waiting)), patience):
        send(filter(lives, waiting), signal.SIGKILL)
        wait_until(lambda: not any(map(lives, waiting)), PATIENCE)


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def lives(process: psutil.Process) -> bool:
    """True while the process runs; one that only waits to be reaped does not live.

    A container's first process often reaps nothing, so such a rest may stay for ever.
    """
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(happened: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Ask `happened` again and again until it says yes; False when `seconds` went by first."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True
