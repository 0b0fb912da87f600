"""Runs: work on many things in the background, with progress, resume and a result.

A kind of run has one function that works on the next chunk. Each chunk is a transaction of its own
that also moves the run's counts and cursor, so a run that is killed anywhere resumes behind the
last chunk that was committed, and counts none twice. A run shares the bulk queue: after
`SLICE_S` it waits behind the jobs that are due.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet

from core import clock, jobs
from core.models import Job, Run, Site

logger = logging.getLogger(__name__)
SLICE_S = 10.0
# How often open pages are notified of a run's progress.
ANNOUNCE_S = 0.5
LOST_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Chunk:
    """The result of one chunk.

    Attributes:
        done: number of items that succeeded.
        failed: how many did not.
        cursor: where the next chunk begins, as plain JSON; None if that was the last chunk.
        result: merged into the run's result.
    """

    done: int = 0
    failed: int = 0
    cursor: Any = None
    result: dict[str, Any] | None = None


Process = Callable[[Run], Chunk]
Announce = Callable[[Run], None]
_Export = TypeVar("_Export", bound=Model)
_kinds: dict[str, tuple[Process, Announce]] = {}


def register(kind: str, process: Process, announce: Announce) -> None:
    """Declare what runs of a kind do; imported by an app's `runs.py`.

    Args:
        kind: its name.
        process: works on the next chunk inside a transaction, from `run.cursor` (None at the
            beginning) and `run.parameters`.
        announce: announces on the live channel that the run has changed.
    """
    _kinds[kind] = (process, announce)


@transaction.atomic
def start(
    kind: str,
    site: Site,
    actor: str,
    total: int,
    parameters: dict[str, Any] | None = None,
) -> Run:
    """Create a run and queue its first slice, in the caller's transaction.

    Args:
        kind: a registered kind.
        site: whose staff may see it.
        actor: who started it.
        total: how many things there are to do.
        parameters: what the process needs to know, as plain JSON.
    """
    run = Run.objects.create(
        kind=kind,
        site=site,
        actor=actor,
        total=total,
        parameters=parameters or {},
        created_at=clock.now(),
        heartbeat_at=clock.now(),
    )
    enqueue(run.pk)
    _announce(run)
    return run


def unfinished(exports: QuerySet[_Export]) -> _Export | None:
    """Return the one of these rows whose `run` is under way, if any."""
    return exports.filter(run__state__in=Run.UNFINISHED).select_related("run").first()


def written_file(name: str) -> Path:
    """Return the file that a run has written.

    Args:
        name: its path below MEDIA_ROOT; empty until it is ready.

    Raises:
        FileNotFoundError: it is not ready, or was deleted.
    """
    path = Path(settings.MEDIA_ROOT) / name
    if not name or not path.is_file():
        raise FileNotFoundError(name)
    return path


def enqueue(run_id: int) -> None:
    """Queue the next slice of a run."""
    jobs.enqueue(work, run_id, key=_key(run_id))


@transaction.atomic
def cancel(run: Run) -> Run:
    """Stop a run before its next chunk; what is done stays done, and an ended run as it is."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if not locked.is_ended:
        _end(locked, Run.State.CANCELLED)
    return locked


@jobs.job(queue=jobs.BULK)
def work(run_id: int) -> None:
    """Work on a run's chunks for one slice of time, then queue the rest."""
    until, announced = time.monotonic() + SLICE_S, 0.0
    while True:
        run = work_on_chunk(run_id)
        jobs.report_progress()
        if run.is_ended:
            return
        if time.monotonic() > announced + ANNOUNCE_S:
            announced = time.monotonic()
            _announce(run)
        if time.monotonic() > until:
            enqueue(run_id)
            return


@transaction.atomic
def work_on_chunk(run_id: int) -> Run:
    """Work on a run's next chunk and count it, in one transaction; an ended run stays as it is."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.is_ended:
        return run
    if run.state == Run.State.QUEUED:
        run.state, run.started_at = Run.State.RUNNING, clock.now()
    process, _ = _kinds[run.kind]
    chunk = process(run)
    run.done += chunk.done
    run.failed += chunk.failed
    run.result |= chunk.result or {}
    run.heartbeat_at = clock.now()
    if chunk.cursor is None:
        _end(run, Run.State.DONE)
    else:
        run.cursor = chunk.cursor
        run.save()
    return run


@jobs.every(minutes=1)
def recover() -> None:
    """Queue runs that have no job any more, and fail those whose job was given up."""
    unfinished = Run.objects.filter(state__in=Run.UNFINISHED)
    for run in unfinished.filter(heartbeat_at__lt=clock.now() - LOST_AFTER).order_by("pk"):
        own = Job.objects.filter(key=_key(run.pk)).order_by("-pk")
        if own.filter(finished_at=None).exists():
            continue
        last = own.filter(succeeded=False).first()
        if last is None:
            enqueue(run.pk)
        else:
            _fail(run.pk, last.error)


@transaction.atomic
def _fail(run_id: int, error: str) -> None:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.is_ended:
        return
    run.result["error"] = error.strip().splitlines()[-1] if error else ""
    _end(run, Run.State.FAILED)
    logger.error("run %d (%s) failed: %s", run.pk, run.kind, run.result["error"])


def _end(run: Run, state: str) -> None:
    run.state, run.ended_at = state, clock.now()
    run.save()
    _announce(run)


def _announce(run: Run) -> None:
    _, announce = _kinds[run.kind]
    announce(run)


def _key(run_id: int) -> str:
    return f"run {run_id}"
