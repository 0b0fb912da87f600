"""Scheduled jobs: delete plates and photos past their period, watch how well cameras read.

Hand over cars whose photos no process reads.
"""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from access import accuracy, declines, label_exports, photo_queue, readers, retention
from access.models import Movement, Passage
from access.redaction import redact, reduce_passages
from access.retention import PASSAGES, UNSETTLED
from core import clock
from core.jobs import every, tick
from core.models import Site
from core.retention import Scope, Sweep, past_period

_BATCH_SIZE = 500
_SCOPE = Scope(site="site", at="received_at", plate="plate", folded="folded", passage="pk")
_MOVEMENTS = Scope(site="lane__gate__site", at="received_at", plate="plate")


# A process that restarts is back by then.
_RESTARTED_WITHIN = timedelta(seconds=10)


@tick(seconds=3)
def hand_over_unread() -> int:
    """Let guards decide about cars whose photos no process reads; return how many cars.

    A driver waits, so that this is no job of each minute. Photos stay in the queue while a process
    reads plates, however slowly.
    """
    if readers.count_at_work():
        return 0
    before = clock.now() - _RESTARTED_WITHIN
    waiting = Passage.objects.filter(state=Passage.State.READING, received_at__lte=before)
    handed = [photo_queue.hand_over(pk) for pk in waiting.values_list("pk", flat=True)]
    return len([each for each in handed if each is not None])


@every(minutes=60)
def redact_passages() -> int:
    """Delete plates and photos of passages past their retention period; return how many passages.

    The passage stays for the statistics, without its photo, reads, movements and plate, which is
    removed from its decisions too. A stay keeps its own plate, as its bill does. Passages that are
    still needed, such as those of a stay that is not settled, lose photo, raw readings and
    candidates, and their plate once they are not needed, or at the site's limit.
    """
    sweep = Sweep(PASSAGES, _kept(), _SCOPE)
    while _reduce_batch(sweep):
        continue
    redacted = 0
    while batch := _redact_batch(sweep):
        redacted += batch
    sweep.record()
    _delete_movements()
    return redacted


@every(minutes=60)
def delete_label_exports() -> int:
    """Delete the exported photos of a day ago; return of how many exports."""
    return label_exports.delete_old()


@every(minutes=60)
def watch_cameras() -> int:
    """Count how well cameras read plates, and raise what got worse; return how many are."""
    accuracy.delete_old_hours()
    worse = 0
    for site in Site.objects.order_by("pk"):
        accuracy.count_site(site)
        worse += declines.watch_site(site)
    return worse


def _kept() -> QuerySet[Passage]:
    return Passage.objects.filter(redacted=False)


@transaction.atomic
def _reduce_batch(sweep: Sweep) -> int:
    needed = sweep.due().filter(retention.is_needed(), reduced=False)
    needed = needed.exclude(retention.is_evidence())
    return reduce_passages(_batch(needed))


@transaction.atomic
def _redact_batch(sweep: Sweep) -> int:
    expired = sweep.due().exclude(retention.is_evidence())
    at_limit = past_period(UNSETTLED, _SCOPE.site, _SCOPE.at)
    batch = _batch(expired.filter(at_limit | ~_needed()))
    sweep.count(Counter(Passage.objects.filter(pk__in=batch).values_list("site", flat=True)))
    return redact(batch)


def _needed() -> Q:
    return Q(pk__in=Passage.objects.filter(retention.is_needed()).values("pk"))


def _batch(passages: QuerySet[Passage]) -> dict[int, str]:
    locked = passages.select_for_update(of=("self",), skip_locked=True)
    return dict(locked.values_list("pk", "image")[:_BATCH_SIZE])


@transaction.atomic
def _delete_movements() -> None:
    sweep = Sweep(PASSAGES, Movement.objects.filter(passage=None), _MOVEMENTS)
    sweep.due().delete()
