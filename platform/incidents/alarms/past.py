"""The stored past of what rules watch: measurements, or minutes where those are not kept."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from core import clock
from devices.models import Device
from devices.telemetry import selectors
from devices.telemetry.models import MinuteRollUp
from incidents.alarms import observables
from incidents.alarms.observables import DEVICE, TELEMETRY
from incidents.rules.model import Signal

RAW, MINUTES, EVENTS = "raw", "minutes", "events"
_HALF_MINUTE = timedelta(seconds=30)


@dataclass
class Past:
    """Reads the signals of sources in a span.

    Attributes:
        used: what was read: `RAW` measurements, `MINUTES` with their extremes, `EVENTS`.
    """

    begin: datetime
    end: datetime
    used: set[str] = field(default_factory=set)

    def signals(self, kinds: Iterable[str], subject: str, pk: int) -> Iterator[Signal]:
        """Yield the signals of these kinds of a device or a lane in the order of time."""
        parts = [self._of_kind(kind, pk) for kind in sorted(kinds) if _fits(kind, subject)]
        return heapq.merge(*parts, key=lambda signal: signal.at)

    def _of_kind(self, kind: str, pk: int) -> Iterator[Signal]:
        found = observables.find(kind)
        if found is not None:
            self.used.add(EVENTS)
            return found.past(pk, self.begin, self.end)
        return self._measurements(pk, kind)

    def _measurements(self, device_id: int, kind: str) -> Iterator[Signal]:
        kept_since = clock.now() - timedelta(days=settings.TELEMETRY_KEEP_DAYS)
        begin, metric, source = self.begin, kind.removeprefix(TELEMETRY), f"{DEVICE}:{device_id}"
        if begin < kept_since:
            # Whole minutes, so that none is read twice.
            begin = min(kept_since.replace(second=0, microsecond=0) + _HALF_MINUTE * 2, self.end)
            for at, low, high in _minutes(device_id, metric, self.begin, begin):
                self.used.add(MINUTES)
                yield Signal(source, kind, at, {"value": low})
                yield Signal(source, kind, at + _HALF_MINUTE, {"value": high})
        if begin < self.end:
            for sample in selectors.raw_rows(Device(pk=device_id), metric, begin, self.end):
                self.used.add(RAW)
                yield Signal(source, kind, sample.at, {"value": sample.value})


def _fits(kind: str, subject: str) -> bool:
    return observables.source_of(kind) == subject


def _minutes(
    device_id: int, metric: str, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, float, float]]:
    rows = MinuteRollUp.objects.filter(
        device=device_id, metric__name=metric, at__gte=begin, at__lt=end
    )
    yield from rows.order_by("at").values_list("at", "low", "high").iterator()
