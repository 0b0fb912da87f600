"""Jobs of devices: silent devices, overdue commands, broker accounts, retention."""

from datetime import datetime, timedelta

from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from core import clock
from core.jobs import FAST, every
from core.models import Run
from core.retention import Scope, Sweep, shortest_limit
from devices import accounts, commands, dead_letters, presence, retained
from devices.models import REPLAY_KIND, DeadLetter, Device, DeviceEvent
from devices.retention import DEAD_LETTERS, DETAILS
from devices.services.registering import disable_flooding

# Longer than a device may buffer messages through an outage (drivers.parsing.OLDEST): while a
# duplicate can arrive, the key of the first copy must be stored.
EVENT_RETENTION = timedelta(days=62)
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
    rows = DeviceEvent.objects.exclude(detail={})
    rows = rows.alias(named_plate=Coalesce(KT("detail__raw_text"), KT("detail__plate")))
    scope = Scope(site="device__site", at="received_at", plate="named_plate")
    sweep = Sweep(DETAILS, rows, scope)
    # In batches, so that no lock delays the gates for long.
    while sweep.work_on_batch(BATCH_SIZE, lambda found: found.update(detail={})):
        continue
    return sweep.record()


@every(minutes=360)
def delete_expired_messages() -> int:
    """Delete events without content and dead letters past their retention; return how many."""
    now = clock.now()
    events = DeviceEvent.objects.filter(received_at__lt=now - EVENT_RETENTION, detail={})
    deleted = 0
    while ids := list(events.values_list("pk", flat=True)[:BATCH_SIZE]):
        deleted += DeviceEvent.objects.filter(pk__in=ids).delete()[0]
    sweep = Sweep(DEAD_LETTERS, DeadLetter.objects.all(), dead_letters.SCOPE)
    while batch := sweep.work_on_batch(BATCH_SIZE, lambda found: found.delete()):
        deleted += batch
    sweep.record()
    Run.objects.filter(kind=REPLAY_KIND, created_at__lt=shortest_limit(DEAD_LETTERS)).delete()
    return deleted
