"""Jobs of devices: silent devices, overdue commands, broker accounts, retention."""

from datetime import datetime, timedelta

from core import clock
from core.jobs import FAST, every
from core.models import Run
from devices import accounts, commands, dead_letters, presence, retained
from devices.models import REPLAY_KIND, DeadLetter, Device, DeviceEvent
from devices.services.registering import disable_flooding

# Longer than a device may buffer messages through an outage (drivers.parsing.OLDEST): while a
# duplicate can arrive, the key of the first copy must be stored.
EVENT_RETENTION = timedelta(days=62)
# A message may contain a plate: its content is erased earlier (specification, R5), its key stays.
DETAIL_RETENTION = timedelta(days=30)
DEAD_LETTER_RETENTION = timedelta(days=90)
BATCH_SIZE = 5_000


def mark_silent_devices(listening_since: datetime, most: int | None = None) -> int:
    """Mark devices offline that are silent past their interval; return how many.

    The gates process runs it each second, since it knows since when it has listened.

    Args:
        listening_since: since when this process has received all messages.
        most: mark no more than these; None marks all.
    """
    count = 0
    while (most is None or count < most) and presence.mark_one_offline(
        clock.now(), listening_since
    ):
        count += 1
    return count


@every(minutes=1, queue=FAST)
def expire_commands() -> int:
    """Close commands without an answer in time; return how many.

    The gates process does the same each second; this covers its absence.
    """
    return commands.expire_overdue()


@every(minutes=5)
def sync_accounts() -> int:
    """Make the broker's accounts match the registry; return how many did not.

    Changes are written at once; this repairs the ones that failed. Retained messages of devices
    that may no longer publish are removed.
    """
    changed = accounts.sync()
    retained.remove_unneeded()
    return changed


def disable_flooding_device(pk: int, dropped: int) -> None:
    """Disable a device that exceeds its budget (devices.floods), unless it is disabled already."""
    device = Device.objects.select_related("site").filter(pk=pk, enabled=True).first()
    if device is not None:
        disable_flooding(device, dropped)


@every(minutes=5)
def limit_dead_letters() -> int:
    """Delete the oldest open dead letters of each site above its limit; return how many."""
    return dead_letters.limit_sites()


@every(minutes=360)
def erase_details() -> int:
    """Erase the content of events past its retention; return how many."""
    expired = DeviceEvent.objects.filter(received_at__lt=clock.now() - DETAIL_RETENTION).exclude(
        detail={}
    )
    erased = 0
    while ids := list(expired.values_list("pk", flat=True)[:BATCH_SIZE]):
        erased += DeviceEvent.objects.filter(pk__in=ids).update(detail={})
    return erased


@every(minutes=360)
def delete_expired_messages() -> int:
    """Delete events and dead letters past their retention; return how many."""
    now = clock.now()
    events = DeviceEvent.objects.filter(received_at__lt=now - EVENT_RETENTION)
    letters = DeadLetter.objects.filter(received_at__lt=now - DEAD_LETTER_RETENTION)
    deleted = 0
    for old in (events, letters):
        # In batches, so that no lock delays the gates for long.
        while ids := list(old.values_list("pk", flat=True)[:BATCH_SIZE]):
            deleted += old.model.objects.filter(pk__in=ids).delete()[0]
    Run.objects.filter(kind=REPLAY_KIND, created_at__lt=now - DEAD_LETTER_RETENTION).delete()
    return deleted
