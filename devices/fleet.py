"""Read all devices of a site at once: states, clocks, firmware versions, batteries.

Each function makes one or two queries, regardless of the number of devices.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from core.models import Site
from devices.models import Command, Device
from devices.telemetry.models import Latest

PERCENT, VOLT, RSSI = "battery.percent", "battery.volt", "signal.rssi"
# Tolerated clock drift; beyond it the order of events is unreliable.
CLOCK_TOLERANCE = timedelta(seconds=5)
FAILED = (Command.State.REFUSED, Command.State.UNKNOWN, Command.State.EXPIRED)


@dataclass(frozen=True)
class Counts:
    """The number of a site's devices by state; disabled ones count only where noted.

    Attributes:
        total: all devices, including disabled ones.
        online, offline: by state.
        never: enabled, but no message has ever arrived.
        clocks_off: whose clock deviates by more than the tolerance.
        disabled: not admitted to the broker.
    """

    total: int
    online: int
    offline: int
    never: int
    clocks_off: int
    disabled: int


def counts(site: Site, tolerance: timedelta = CLOCK_TOLERANCE) -> Counts:
    """Count the site's devices by state."""
    enabled = Q(enabled=True)
    numbers = Device.objects.filter(site=site).aggregate(
        total=Count("pk"),
        online=Count("pk", filter=enabled & Q(state=Device.State.ONLINE)),
        offline=Count("pk", filter=enabled & Q(state=Device.State.OFFLINE)),
        never=Count("pk", filter=enabled & Q(last_seen_at=None)),
        clocks_off=Count("pk", filter=enabled & _off(tolerance)),
        disabled=Count("pk", filter=~enabled),
    )
    return Counts(**numbers)


def silent(site: Site) -> QuerySet[Device]:
    """Return the enabled devices that are offline, longest silence first."""
    devices = Device.objects.filter(site=site, enabled=True, state=Device.State.OFFLINE)
    return devices.order_by("last_seen_at", "code")


def never_seen(site: Site) -> QuerySet[Device]:
    """Return the enabled devices that have never sent a message, by code."""
    return Device.objects.filter(site=site, enabled=True, last_seen_at=None).order_by("code")


def clocks_off(site: Site, by: timedelta = CLOCK_TOLERANCE) -> list[Device]:
    """Return the enabled devices whose clock deviates by more than that, worst first."""
    devices = Device.objects.filter(_off(by), site=site, enabled=True)
    return sorted(devices, key=lambda device: -abs(device.clock_offset_ms or 0))


def failed_commands(site: Site, since: datetime) -> QuerySet[Command]:
    """Return the site's commands since then that were rejected, unanswered or never sent."""
    commands = Command.objects.filter(
        device__site=site, state__in=[str(state) for state in FAILED], issued_at__gte=since
    )
    return commands.select_related("device").order_by("-issued_at")


def _off(by: timedelta) -> Q:
    milliseconds = by // timedelta(milliseconds=1)
    return Q(clock_offset_ms__gt=milliseconds) | Q(clock_offset_ms__lt=-milliseconds)


# -- firmware -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One version of one model's firmware.

    Attributes:
        driver, model, firmware: as registered; empty where the device has not reported it.
        devices: how many run it.
        newest: the newest version that any device of the same driver and model runs.
    """

    driver: str
    model: str
    firmware: str
    devices: int
    newest: str

    @property
    def outdated(self) -> bool:
        """Whether another device of the same model runs a newer version."""
        return is_outdated(self.firmware, self.newest)


def firmware(site: Site) -> list[Version]:
    """Return the versions that the site's devices run, by driver, model and version."""
    rows = (
        Device.objects.filter(site=site)
        .values_list("driver", "model", "firmware")
        .annotate(n=Count("pk"))
    )
    found = list(rows)
    newest = newest_versions((driver, model, version) for driver, model, version, _n in found)
    versions = [
        Version(driver, model, version, n, newest[driver, model])
        for driver, model, version, n in found
    ]
    return sorted(versions, key=lambda v: (v.driver, v.model, version_key(v.firmware)))


def newest_versions(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Return the newest version of each driver and model."""
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    for driver, model, version in rows:
        seen[driver, model].append(version)
    return {key: max(versions, key=version_key) for key, versions in seen.items()}


def is_outdated(version: str, newest: str) -> bool:
    """Return whether the version is known and older than the newest."""
    return bool(version) and version_key(version) < version_key(newest)


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return the sort key of a version: numbers compare as numbers, so 1.10 follows 1.9.

    Letters sort before the end of the version: 2.0-rc1 is older than 2.0.
    """
    parts = re.findall(r"\d+|[a-z]+", version.lower().removeprefix("v"))
    keys = [(2, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
    return (*keys, (1, 0, "")) if keys else ()


# -- batteries ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Battery:
    """The last battery report of a device.

    Attributes:
        percent, volt: charge and voltage; None where the device does not report it.
        rssi: signal strength in dBm, where the device reports it.
        at: the device's own time of the charge, else of the voltage (aware UTC).
    """

    device: Device
    percent: float | None
    volt: float | None
    rssi: float | None
    at: datetime


def batteries(site: Site) -> list[Battery]:
    """Return the site's batteries, lowest charge first; those with only a voltage come last."""
    rows = Latest.objects.filter(device__site=site, metric__name__in=[PERCENT, VOLT, RSSI])
    latest: dict[Device, dict[str, Latest]] = defaultdict(dict)
    for row in rows.select_related("device", "metric"):
        latest[row.device][row.metric.name] = row
    found = [
        _battery(device, each) for device, each in latest.items() if each.keys() & {PERCENT, VOLT}
    ]
    return sorted(found, key=_lowest_first)


def _battery(device: Device, latest: dict[str, Latest]) -> Battery:
    values = {name: row.value for name, row in latest.items()}
    at = (latest.get(PERCENT) or latest[VOLT]).at
    return Battery(device, values.get(PERCENT), values.get(VOLT), values.get(RSSI), at)


def _lowest_first(battery: Battery) -> tuple[bool, float, str]:
    no_percent = battery.percent is None
    value = battery.volt if battery.percent is None else battery.percent
    return no_percent, value or 0.0, battery.device.code
