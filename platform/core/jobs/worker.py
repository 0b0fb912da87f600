"""The worker: takes one job after another out of the queue and runs it, in one process.

django-q2's own cluster is not used: it hands jobs to forked processes through a pipe whose lock an
idle process holds, and when that process is killed, the queue stands still without a word. Here
the process that takes a job also runs it; when it is killed, the job's lease runs out and it is
run again, by the same worker once restarted, or by another one.
"""

import logging
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.utils.module_loading import import_string
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.exceptions import TimeoutException
from django_q.models import OrmQ, Task
from django_q.scheduler import scheduler
from django_q.signing import BadSignature, SignedPackage
from django_q.timeout import TimeoutHandler

from core import clock
from core.models import QueuedKey

log = logging.getLogger(__name__)
STARTED = "started, and did not come back"
CLOCK = 10.0  # seconds between two looks at the schedules
DATABASE_PAUSE = 1.0  # seconds between two tries while the database is away
KEEP = timedelta(days=7)  # how long the history of jobs is kept


def work(go_on: Callable[[], bool], *, alone: bool = False) -> None:
    """Run jobs for as long as `go_on` says so, also across restarts of the database.

    `alone` says that this is the installation's only worker: what a killed one had taken is then
    free at once, instead of after its lease (Q_CLUSTER["retry"] seconds).
    """
    broker, next_look, free = get_broker(), 0.0, alone
    keep_connection()
    while go_on():
        try:
            if free:
                free_all()
                free = False
            if time.monotonic() >= next_look:
                look_at_clock(broker)
                next_look = time.monotonic() + CLOCK
            take(broker)
        except (OperationalError, InterfaceError) as error:
            log.warning("The database does not answer: %s", str(error).strip().split("\n")[0])
            close_old_connections()
            time.sleep(DATABASE_PAUSE)


def keep_connection() -> None:
    """Keep the database connection between jobs: the queue would open four for each of them."""
    connection.settings_dict.update(CONN_MAX_AGE=300, CONN_HEALTH_CHECKS=True)


def free_all() -> None:
    """End every lease: the jobs that a dead worker had taken wait again."""
    OrmQ.objects.filter(lock__gt=clock.now()).update(lock=clock.now())


def look_at_clock(broker: Broker) -> None:
    """Queue what is due by its schedule, and forget the history that is too old."""
    scheduler(broker)
    Task.objects.filter(stopped__lt=clock.now() - KEEP).delete()


def run_waiting() -> int:
    """Run every job that waits now, in this process; return how many there were.

    For tests and for a command line; a job that fails stays for its next try.
    """
    broker, count = get_broker(), 0
    while broker.queue_size():
        count += take(broker)
    return count


def take(broker: Broker) -> int:
    """Run the jobs that the queue hands out next (waits a moment where there are none)."""
    packages = broker.dequeue() or []
    for queue_id, package in packages:
        try:
            task = SignedPackage.loads(package)
        except (TypeError, BadSignature):
            log.exception("A job that this installation did not sign was removed from the queue.")
            broker.fail(queue_id)
            continue
        run(broker, queue_id, task)
    return len(packages)


def run(broker: Broker, queue_id: int, task: dict[str, Any]) -> None:
    """Run one job and store how it ended; a failed one stays in the queue for its next try."""
    row = begin(task)
    if row.attempt_count <= Conf.MAX_ATTEMPTS:
        row.result = call(task)
        row.success = row.result is None
    row.stopped = clock.now()
    with transaction.atomic():
        row.save()
        if row.success or row.attempt_count >= Conf.MAX_ATTEMPTS:
            broker.acknowledge(queue_id)
    if not row.success:
        _tell_failure(row)


def begin(task: dict[str, Any]) -> Task:
    """Note that a try begins, before it does, and free the job's key.

    A job that takes its process with it (out of memory, say) would otherwise be tried for ever,
    and before all others; the note is what counts its tries.
    """
    facts = {name: task[name] for name in ("id", "name", "func", "args", "started")}
    row = Task.objects.filter(id=task["id"]).first() or Task(**facts, result=STARTED)
    row.attempt_count += 1
    row.success, row.stopped = False, clock.now()
    with transaction.atomic():
        row.save()
        QueuedKey.objects.filter(key=task["group"]).delete()
    return row


def call(task: dict[str, Any]) -> str | None:
    """Run the job's function within its time; None where it came to its end, else the reason."""
    try:
        with TimeoutHandler(Conf.TIMEOUT):
            import_string(task["func"])(*task["args"])
    except (Exception, TimeoutException):
        return traceback.format_exc()
    return None


def _tell_failure(row: Task) -> None:
    last = str(row.result).strip().splitlines()[-1]
    if row.attempt_count < Conf.MAX_ATTEMPTS:
        log.warning("%s failed (try %d): %s", row.func, row.attempt_count, last)
    else:
        log.error("%s was given up after %d tries: %s", row.func, row.attempt_count, row.result)
