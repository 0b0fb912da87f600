"""What meters do on a clock: they take devices' readings, and forget old photos."""

import logging
import time
from datetime import date, datetime, timedelta

from django.conf import settings

from core import clock, photos
from core.jobs import every
from devices.telemetry.registers import last_of_each
from metering.models import Meter, MeterReading
from metering.services import take_reading

logger = logging.getLogger(__name__)
# A device that was without a line may still tell a day's numbers for so long afterwards.
LOOK_BACK = timedelta(days=40)
# After midnight the last minutes of the day are on their way for so long.
SETTLED_AFTER = timedelta(hours=1)
MIDNIGHT = datetime.min.time()
_AT_ONCE = 500
# A job is ended after two minutes (settings.Q_CLUSTER), its lease after three.
_PATIENCE = 60.0


@every(minutes=30)
def take_readings() -> int:
    """Take the last number of each day that is over for every meter with a device; return how many.

    A day on the site's clock is taken once. A second run takes only what was missing, such as what
    was left for it because there was too much for one job.
    """
    meters = Meter.objects.filter(removed_at=None, device__isnull=False)
    until, taken = time.monotonic() + _PATIENCE, 0
    for meter in meters.select_related("site", "device").order_by("pk"):
        if time.monotonic() > until:
            logger.info("took %s readings; the rest follows with the next run", taken)
            break
        taken += _take_days(meter)
    return taken


@every(minutes=720)
def forget_photos() -> int:
    """Shred the photos of readings past their time of keeping; return how many.

    The reading itself stays: bills rest on it.
    """
    before = clock.now() - timedelta(days=settings.METER_PHOTO_DAYS)
    old = MeterReading.objects.filter(entered_at__lt=before).exclude(photo="")
    names = dict(old.values_list("pk", "photo")[:_AT_ONCE])
    MeterReading.objects.filter(pk__in=names).update(photo="")
    for name in names.values():
        photos.delete(name)
    return len(names)


def _take_days(meter: Meter) -> int:
    days = _missing_days(meter)
    if not days or meter.device is None:
        return 0
    spans = [_span(meter, day) for day in days]
    taken = 0
    for day, sample in zip(days, last_of_each(meter.device, meter.metric, spans), strict=True):
        if sample is not None and take_reading(meter, sample, day) is not None:
            taken += 1
    return taken


def _missing_days(meter: Meter) -> list[date]:
    since = max(_connected(meter), clock.now() - LOOK_BACK)
    until = clock.local(clock.now() - SETTLED_AFTER, meter.site.timezone).date()
    first = clock.local(since, meter.site.timezone).date()
    days = [first + timedelta(days=n) for n in range((until - first).days)]
    taken = MeterReading.objects.filter(meter=meter, day__in=days).values_list("day", flat=True)
    return sorted(set(days) - set(taken))


def _span(meter: Meter, day: date) -> tuple[datetime, datetime]:
    """The day on the site's clock; of the first one only what came after the connection."""
    zone = clock.zone(meter.site.timezone)
    begin, end = (datetime.combine(each, MIDNIGHT, zone) for each in (day, day + timedelta(days=1)))
    return max(begin, _connected(meter)), end


def _connected(meter: Meter) -> datetime:
    return meter.connected_at or meter.installed_at
