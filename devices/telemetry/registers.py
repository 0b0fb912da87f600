"""Read meter registers: the last measurement of each of several time spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from devices.models import Device

# One index lookup per span, however many measurements it holds.
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
    """One measurement; ``at`` is the device's time, ``received_at`` ours (aware UTC)."""

    at: datetime
    received_at: datetime
    value: float


def last_of_each(
    device: Device, metric: str, spans: Sequence[tuple[datetime, datetime]]
) -> list[Sample | None]:
    """Return the last measurement of each span, whose end is exclusive.

    None stands for a span without a measurement. The caller has checked the permission.
    """
    found: list[Sample | None] = [None] * len(spans)
    begins, ends = [begin for begin, _end in spans], [end for _begin, end in spans]
    with connection.cursor() as cursor:
        cursor.execute(_LAST_OF_EACH, [begins, ends, device.pk, metric])
        for nth, *sample in cursor.fetchall():
            found[nth - 1] = Sample(*sample)
    return found
