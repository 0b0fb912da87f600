"""Evidence that devices have: the details of an occurrence, and the curves around it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core import clock
from devices.models import Device
from devices.telemetry import selectors
from devices.telemetry.resolution import Resolution
from devices.telemetry.selectors import Point
from incidents.evidence.pieces import pieces_of
from incidents.evidence.registry import Found, Provider, register
from incidents.models import Evidence, Incident, Occurrence

AROUND = timedelta(minutes=15)
# How long the rest of a curve may take until it is stored.
_LIVE = timedelta(hours=1)
_CURVES = "telemetry"
_MOST_METRICS = 6
# Fewer than one measurement a second of the half hour.
_MOST_POINTS = 900


def register_providers() -> None:
    """Register what this room provides itself."""
    register(Provider("details", details))
    register(Provider(_CURVES, curves))


def details(occurrence: Occurrence) -> Iterator[Found]:
    """Yield what was reported with an occurrence."""
    values = {name: value for name, value in occurrence.detail.items() if name != "late"}
    yield Found(Evidence.Kind.VALUES, str(occurrence.pk), occurrence.at, values)


def curves(occurrence: Occurrence) -> Iterator[Found]:
    """Yield the curves of a device 15 minutes before the moment and, later, after it.

    The measurements themselves where they are kept, else the minutes.
    """
    at = occurrence.at
    yield from _curves(occurrence, "before", at - AROUND, at)
    if clock.now() >= at + AROUND:
        yield from _curves(occurrence, "after", at, at + AROUND)


def live_curves(incident: Incident) -> list[Evidence]:
    """Return what was measured since the stored curves, as pieces that are not stored yet."""
    now = clock.now()
    known = set(pieces_of(incident).filter(provider=_CURVES).values_list("key", flat=True))
    recent = Occurrence.objects.filter(incident=incident, at__lte=now, collected_at__gt=now - _LIVE)
    return [
        Evidence(incident=incident, kind=each.kind, taken_at=each.taken_at, values=each.values)
        for occurrence in recent.select_related("incident")
        for each in _curves(occurrence, "after", occurrence.at, min(now, occurrence.at + AROUND))
        if each.key not in known
    ]


def _curves(occurrence: Occurrence, part: str, begin: datetime, end: datetime) -> Iterator[Found]:
    device = _device_of(occurrence)
    if device is None:
        return
    for metric in _metrics(device, occurrence):
        last = _last_stored(occurrence, metric) if part == "after" else None
        if (last or begin) >= end:
            continue
        series = selectors.series(device, metric, last or begin, end, _MOST_POINTS)
        points = [
            _point(each, series.resolution)
            for each in series.points
            if last is None or each.at > last
        ]
        if points:
            values = {
                "device": device.pk,
                "code": device.code,
                "metric": metric,
                "moment": occurrence.at.isoformat(),
                "part": part,
                "resolution": str(series.resolution),
                "points": points,
            }
            yield Found(Evidence.Kind.CURVE, _key(occurrence, part, metric), begin, values)


def _key(occurrence: Occurrence, part: str, metric: str) -> str:
    return f"{occurrence.pk} {part} {metric}"[:120]


def _last_stored(occurrence: Occurrence, metric: str) -> datetime | None:
    """Return when the stored curve before the moment ends.

    What was measured just before the moment may arrive after that curve was collected.
    """
    key = _key(occurrence, "before", metric)
    rows = pieces_of(occurrence.incident).filter(provider=_CURVES, key=key, erased=False)
    piece = rows.first()
    return datetime.fromisoformat(piece.values["points"][-1][0]) if piece else None


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
