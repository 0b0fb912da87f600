"""What a register showed: the last number of each of some spans of time, as it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from devices.models import Device

# One descent of the key's index for each span, however many numbers it holds.
_LAST_OF_EACH = """
SELECT span.nth, found.at, found.received_at, found.value
FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS span(begins, ends, nth)
CROSS JOIN LATERAL (
    SELECT at, received_at, value FROM telemetry_measurement
    WHERE device_id = %s AND metric_id = (SELECT id FROM telemetry_metric WHERE name = %s)
        AND at >= span.begins AND at < span.ends
    ORDER BY at DESC LIMIT 1
) AS found
ORDER BY span.nth
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number as a device sent it; ``at`` is the device's time, both are aware UTC."""

    at: datetime
    received_at: datetime
    value: float


def last_of_each(
    device: Device, metric: str, spans: Sequence[tuple[datetime, datetime]]
) -> list[Sample | None]:
    """Return the last number of each span, from its beginning up to, but not at, its end.

    None stands for a span without a number. The caller has checked that the asker may see the
    device.
    """
    found: list[Sample | None] = [None] * len(spans)
    begins, ends = [begin for begin, _end in spans], [end for _begin, end in spans]
    with connection.cursor() as cursor:
        cursor.execute(_LAST_OF_EACH, [begins, ends, device.pk, metric])
        for nth, *sample in cursor.fetchall():
            found[nth - 1] = Sample(*sample)
    return found
