"""The field's jobs: silent devices, unanswered commands, and what is no longer kept."""

from datetime import datetime, timedelta

from core import clock
from core.jobs import FAST, every
from core.models import Run
from devices import accounts, commands, presence
from devices.models import REPLAY_KIND, DeadLetter, DeviceEvent

# Longer than a device may keep a batch through an outage (drivers.parsing.OLDEST): as long as a
# second copy of a message can come, its key must be there to tell.
EVENTS_KEPT = timedelta(days=62)
# What a message said may be a plate: it goes sooner (specification, R5), its key stays.
DETAIL_KEPT = timedelta(days=30)
LETTERS_KEPT = timedelta(days=90)
AT_ONCE = 5_000


def mark_silent_devices(listening_since: datetime) -> int:
    """Take devices that are silent past their interval as offline; return how many.

    The gates process does it every few seconds: it is the one that knows that somebody listens.
    """
    missed = 0
    while presence.miss_one(clock.now(), listening_since):
        missed += 1
    return missed


@every(minutes=1, queue=FAST)
def sweep_commands() -> int:
    """Give up commands that got no answer in time; return how many.

    The gates process does the same each second; this is for when it is not there.
    """
    return commands.sweep()


@every(minutes=5)
def sync_accounts() -> int:
    """Make the broker's accounts those of the registry; return how many were not.

    A change is told at once; this is for what was lost on the way.
    """
    return accounts.sync()


@every(minutes=360)
def forget_details() -> int:
    """Empty what messages past their time of keeping said; return how many."""
    said = DeviceEvent.objects.filter(received_at__lt=clock.now() - DETAIL_KEPT).exclude(detail={})
    forgotten = 0
    while ids := list(said.values_list("pk", flat=True)[:AT_ONCE]):
        forgotten += DeviceEvent.objects.filter(pk__in=ids).update(detail={})
    return forgotten


@every(minutes=360)
def drop_old_messages() -> int:
    """Delete messages and dead letters past their keeping; return how many."""
    now = clock.now()
    events = DeviceEvent.objects.filter(received_at__lt=now - EVENTS_KEPT)
    letters = DeadLetter.objects.filter(received_at__lt=now - LETTERS_KEPT)
    dropped = 0
    for old in (events, letters):
        # In parts, so that no lock is held for long beside a gate at work.
        while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
            dropped += old.model.objects.filter(pk__in=ids).delete()[0]
    Run.objects.filter(kind=REPLAY_KIND, created_at__lt=now - LETTERS_KEPT).delete()
    return dropped
