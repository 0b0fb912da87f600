"""Scheduled jobs: import the daily readings of devices, and delete old photos."""

import logging
import time
from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction

from core import clock, photos
from core.jobs import every, report_progress
from core.retention import Scope, Sweep
from devices.telemetry.registers import last_of_each
from metering.models import Meter, MeterReading
from metering.retention import PHOTOS
from metering.services import record_device_reading

logger = logging.getLogger(__name__)
# A device that was offline may deliver a day's values for this long afterwards.
LOOK_BACK = timedelta(days=40)
# The last messages of a day may arrive for this long after midnight.
SETTLED_AFTER = timedelta(hours=1)
MIDNIGHT = datetime.min.time()
_BATCH_SIZE = 500
# The next run continues after so long, so that other jobs of the queue get their turn.
_TIME_LIMIT_S = 60.0


@every(minutes=30)
def record_device_readings() -> int:
    """Record the last value of each past day for every meter with a device; return how many.

    Days are those of the site's timezone, and each is recorded once. A run records the days that
    are missing, including those that an earlier run left out for lack of time.
    """
    meters = Meter.objects.filter(removed_at=None, device__isnull=False)
    until, recorded = time.monotonic() + _TIME_LIMIT_S, 0
    for meter in meters.select_related("site", "device").order_by("pk"):
        if time.monotonic() > until:
            logger.info("recorded %s readings; the next run continues", recorded)
            break
        recorded += _record_days(meter)
        report_progress()
    return recorded


@every(minutes=720)
@transaction.atomic
def delete_expired_photos() -> int:
    """Delete the photos of readings past their retention period; return how many.

    The readings stay, because bills are based on them.
    """
    rows = MeterReading.objects.exclude(photo="")
    sweep = Sweep(PHOTOS, rows, Scope(site="meter__site", at="entered_at"))
    due = list(sweep.due().values_list("pk", "photo", "meter__site")[:_BATCH_SIZE])
    MeterReading.objects.filter(pk__in=[pk for pk, _name, _site in due]).update(photo="")
    for _pk, name, _site in due:
        photos.delete(name)
    sweep.count(Counter(site for _pk, _name, site in due))
    return sweep.record()


def _record_days(meter: Meter) -> int:
    days = _missing_days(meter)
    if not days or meter.device is None:
        return 0
    spans = [_span(meter, day) for day in days]
    recorded = 0
    for day, sample in zip(days, last_of_each(meter.device, meter.metric, spans), strict=True):
        if sample is not None and record_device_reading(meter, sample, day) is not None:
            recorded += 1
    return recorded


def _missing_days(meter: Meter) -> list[date]:
    since = max(_connected_since(meter), clock.now() - LOOK_BACK)
    until = clock.local(clock.now() - SETTLED_AFTER, meter.site.timezone).date()
    first = clock.local(since, meter.site.timezone).date()
    days = [first + timedelta(days=n) for n in range((until - first).days)]
    done = MeterReading.objects.filter(meter=meter, day__in=days).values_list("day", flat=True)
    return sorted(set(days) - set(done))


def _span(meter: Meter, day: date) -> tuple[datetime, datetime]:
    """Return the day in the site's timezone; the first day starts with the connection."""
    zone = clock.zone(meter.site.timezone)
    begin, end = (datetime.combine(each, MIDNIGHT, zone) for each in (day, day + timedelta(days=1)))
    return max(begin, _connected_since(meter)), end


def _connected_since(meter: Meter) -> datetime:
    return meter.connected_at or meter.installed_at
