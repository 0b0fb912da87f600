"""What is read of all devices of a site at once: how they are, what they run, how full they are.

Each function is one or two queries, however many devices there are.
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
# What people of the field call a clock that is off: what it dates is no longer told apart.
CLOCK_OFF = timedelta(seconds=5)
FAILED = (Command.State.REFUSED, Command.State.UNKNOWN, Command.State.EXPIRED)


@dataclass(frozen=True)
class Counts:
    """How many of a site's devices are how; all but ``disabled`` count the enabled ones only.

    Attributes:
        total: of all devices, disabled ones too.
        online, offline: by state.
        never: enabled and never heard of.
        clocks_off: whose clock is off by more than was asked for.
        disabled: shut out.
    """

    total: int
    online: int
    offline: int
    never: int
    clocks_off: int
    disabled: int


def counts(site: Site, clock_off: timedelta = CLOCK_OFF) -> Counts:
    """Return how many of the site's devices are how."""
    enabled = Q(enabled=True)
    made = Device.objects.filter(site=site).aggregate(
        total=Count("pk"),
        online=Count("pk", filter=enabled & Q(state=Device.State.ONLINE)),
        offline=Count("pk", filter=enabled & Q(state=Device.State.OFFLINE)),
        never=Count("pk", filter=enabled & Q(last_seen_at=None)),
        clocks_off=Count("pk", filter=enabled & _off(clock_off)),
        disabled=Count("pk", filter=~enabled),
    )
    return Counts(**made)


def silent(site: Site) -> QuerySet[Device]:
    """Return the enabled devices that are offline, the one silent for longest first."""
    devices = Device.objects.filter(site=site, enabled=True, state=Device.State.OFFLINE)
    return devices.order_by("last_seen_at", "code")


def never_seen(site: Site) -> QuerySet[Device]:
    """Return the enabled devices that were never heard of, by code."""
    return Device.objects.filter(site=site, enabled=True, last_seen_at=None).order_by("code")


def clocks_off(site: Site, by: timedelta = CLOCK_OFF) -> list[Device]:
    """Return the enabled devices whose clock is off by more than that, the worst first."""
    devices = Device.objects.filter(_off(by), site=site, enabled=True)
    return sorted(devices, key=lambda device: -abs(device.clock_offset_ms or 0))


def failed_commands(site: Site, since: datetime) -> QuerySet[Command]:
    """Return the site's commands since then that were refused, unanswered or never sent."""
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
        driver, model, firmware: as the registry has them; empty where the device said nothing.
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
        """Whether a newer one is known to be about."""
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
    """Whether the version is known and an older one than the newest."""
    return bool(version) and version_key(version) < version_key(newest)


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return what versions are ordered by: numbers as numbers, so that 1.10 comes after 1.9.

    A pre-release's letters come before nothing at all: 2.0-rc1 is older than 2.0.
    """
    parts = re.findall(r"\d+|[a-z]+", version.lower().removeprefix("v"))
    keys = [(2, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
    return (*keys, (1, 0, "")) if keys else ()


# -- batteries ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Battery:
    """What a device said last of its battery.

    Attributes:
        percent, volt: what it said of it, as far as it says either.
        rssi: of its radio, in dBm, where it says so.
        at: the device's own time of the percent, else of the volts (aware UTC).
    """

    device: Device
    percent: float | None
    volt: float | None
    rssi: float | None
    at: datetime


def batteries(site: Site) -> list[Battery]:
    """Return the site's batteries, the lowest first; those that tell volts only come last."""
    rows = Latest.objects.filter(device__site=site, metric__name__in=[PERCENT, VOLT, RSSI])
    said: dict[Device, dict[str, Latest]] = defaultdict(dict)
    for row in rows.select_related("device", "metric"):
        said[row.device][row.metric.name] = row
    found = [
        _battery(device, each) for device, each in said.items() if each.keys() & {PERCENT, VOLT}
    ]
    return sorted(found, key=_lowest_first)


def _battery(device: Device, said: dict[str, Latest]) -> Battery:
    values = {name: row.value for name, row in said.items()}
    at = (said.get(PERCENT) or said[VOLT]).at
    return Battery(device, values.get(PERCENT), values.get(VOLT), values.get(RSSI), at)


def _lowest_first(battery: Battery) -> tuple[bool, float, str]:
    no_percent = battery.percent is None
    value = battery.volt if battery.percent is None else battery.percent
    return no_percent, value or 0.0, battery.device.code
