"""The worker: takes one job after another out of the queue and runs it, in one process.

django-q2's own cluster is not used: it hands jobs to forked processes through a pipe whose lock an
idle process holds, and when that process is killed, the queue stands still without a word. Here
the process that takes a job also runs it; when it is killed, the job's lease runs out and it is
run again, by the same worker once restarted, or by another one.
"""

import logging
import time
from collections.abc import Callable
from multiprocessing import Value
from queue import SimpleQueue
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Task
from django_q.monitor import monitor
from django_q.scheduler import scheduler
from django_q.signing import BadSignature, SignedPackage
from django_q.worker import worker

from core import clock
from core.models import QueuedKey

log = logging.getLogger(__name__)
STARTED = "started, and did not come back"
CLOCK = 10.0  # seconds between two looks at the schedules
DATABASE_PAUSE = 1.0  # seconds between two tries while the database is away


def work(go_on: Callable[[], bool], *, alone: bool = False) -> None:
    """Run jobs for as long as `go_on` says so, also across restarts of the database.

    `alone` says that this is the installation's only worker: what a killed one had taken is then
    free at once, instead of after its lease (Q_CLUSTER["retry"] seconds).
    """
    broker, next_look, free = get_broker(), 0.0, alone
    while go_on():
        try:
            if free:
                free_all()
                free = False
            if time.monotonic() >= next_look:
                scheduler(broker)
                next_look = time.monotonic() + CLOCK
            take(broker)
        except (OperationalError, InterfaceError) as error:
            log.warning("The database does not answer: %s", str(error).strip().split("\n")[0])
            close_old_connections()
            time.sleep(DATABASE_PAUSE)


def free_all() -> None:
    """End every lease: the jobs that a dead worker had taken wait again."""
    OrmQ.objects.filter(lock__gt=clock.now()).update(lock=clock.now())


def take(broker: Broker) -> int:
    """Run the jobs that the queue hands out next (waits a moment where there are none)."""
    packages = broker.dequeue() or []
    for queue_id, package in packages:
        try:
            task = {**SignedPackage.loads(package), "cluster": Conf.CLUSTER_NAME}
        except (TypeError, BadSignature):
            log.exception("A job that this installation did not sign was removed from the queue.")
            broker.fail(queue_id)
            continue
        run(broker, {**task, "ack_id": queue_id})
    return len(packages)


def run(broker: Broker, task: dict[str, Any]) -> None:
    """Run one job and store how it ended; a failed one stays in the queue for its next try."""
    QueuedKey.objects.filter(key=task.get("group", "")).delete()
    if gave_up(task):
        broker.acknowledge(task["ack_id"])
        return
    taken: SimpleQueue[Any] = SimpleQueue()
    finished: SimpleQueue[Any] = SimpleQueue()
    for item in (task, "STOP"):
        taken.put(item)
    worker(taken, finished, Value("f", -1), Conf.TIMEOUT)
    finished.put("STOP")
    monitor(finished, broker)
    log.info("Ran %s.", task["func"])


def gave_up(task: dict[str, Any]) -> bool:
    """Note that a try begins; True, noting that instead, where the job had all its tries.

    The queue counts tries that end. One that takes its process with it (out of memory, say) would
    be tried for ever, and before all others: so the beginning is noted too, and a note that is
    found again counts as a try.
    """
    begun = {"func": task["func"], "args": task["args"], "kwargs": task["kwargs"]}
    times = {"started": task["started"], "stopped": clock.now()}
    row, new = Task.objects.get_or_create(
        id=task["id"],
        defaults={"name": task["name"], "result": STARTED, "success": False, **begun, **times},
    )
    if new:
        return False
    if row.result == STARTED:
        row.attempt_count += 1
    over = row.attempt_count >= Conf.MAX_ATTEMPTS
    row.result = f"{STARTED}, {row.attempt_count} times" if over else STARTED
    row.save(update_fields=["attempt_count", "result"])
    if over:
        log.error("%s was given up after %d tries.", task["func"], row.attempt_count)
    return over


def run_waiting() -> int:
    """Run every job that waits now, in this process; return how many there were.

    For tests and for a command line; a job that fails stays for its next try.
    """
    broker, count = get_broker(), 0
    while broker.queue_size():
        count += take(broker)
    return count
