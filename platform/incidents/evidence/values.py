"""Evidence that devices have: the details of an occurrence, and the curves around it."""

from collections.abc import Iterator
from datetime import timedelta

from core import clock
from devices.models import Device
from devices.telemetry import selectors
from devices.telemetry.resolution import Resolution
from devices.telemetry.selectors import Point
from incidents.evidence.registry import Found, Provider, register
from incidents.models import Evidence, Occurrence

AROUND = timedelta(minutes=15)
_MOST_METRICS = 6
# Fewer than one measurement a second of the half hour.
_MOST_POINTS = 900


def register_providers() -> None:
    """Register what this room provides itself."""
    register(Provider("details", details))
    register(Provider("telemetry", curves))


def details(occurrence: Occurrence) -> Iterator[Found]:
    """Yield what was reported with an occurrence."""
    values = {name: value for name, value in occurrence.detail.items() if name != "late"}
    yield Found(Evidence.Kind.VALUES, str(occurrence.pk), occurrence.at, values)


def curves(occurrence: Occurrence) -> Iterator[Found]:
    """Yield the curves of a device 15 minutes before the moment and, later, after it.

    The measurements themselves where they are kept, else the minutes.
    """
    device = _device_of(occurrence)
    if device is None:
        return
    at = occurrence.at
    spans = {"before": (at - AROUND, at)}
    if clock.now() >= at + AROUND:
        spans["after"] = (at, at + AROUND)
    for part, (begin, end) in spans.items():
        for metric in _metrics(device, occurrence):
            series = selectors.series(device, metric, begin, end, _MOST_POINTS)
            points = [_point(each, series.resolution) for each in series.points]
            if points:
                values = {
                    "device": device.pk,
                    "code": device.code,
                    "metric": metric,
                    "moment": at.isoformat(),
                    "part": part,
                    "resolution": str(series.resolution),
                    "points": points,
                }
                yield Found(
                    Evidence.Kind.CURVE, f"{occurrence.pk} {part} {metric}"[:120], begin, values
                )


def device_id_of(occurrence: Occurrence) -> int | None:
    """Return the key of the device that an occurrence is about; None for another source."""
    subject, _colon, rest = occurrence.incident.source.partition(":")
    number = rest.partition(":")[0]
    if subject == "device" and number.isdecimal():
        return int(number)
    found = occurrence.detail.get("device")
    return found if isinstance(found, int) else None


def _device_of(occurrence: Occurrence) -> Device | None:
    pk = device_id_of(occurrence)
    return Device.objects.filter(pk=pk, site=occurrence.incident.site_id).first() if pk else None


def _metrics(device: Device, occurrence: Occurrence) -> list[str]:
    """Return the metrics to keep, the one that raised the incident first."""
    known = list(selectors.latest(device).values_list("metric__name", flat=True))
    named = occurrence.detail.get("metric")
    first = [named] if isinstance(named, str) and named in known else []
    return [*first, *(each for each in known if each not in first)][:_MOST_METRICS]


def _point(point: Point, resolution: Resolution) -> list[float | str]:
    """Return time, mean, low and high; of a measurement its value alone."""
    if resolution == Resolution.RAW:
        return [point.at.isoformat(), point.mean]
    return [point.at.isoformat(), point.mean, point.low, point.high]
