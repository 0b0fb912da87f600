"""The demo sites' meters: read by hand for half a year, some of them by a device from now on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from PIL import Image, ImageDraw, ImageFont

from core import clock
from core.models import Site, User
from devices.demo import DemoDevices
from devices.drivers.generic_json import check_options
from devices.models import Device
from estate.models import Building, Unit
from metering import services
from metering.models import Measure, Meter, Utility
from metering.services import NewMeter, Place

# The first meters have been read monthly for this long.
MONTHS = 7


@dataclass(frozen=True)
class Life:
    """A meter of a demo site, with its consumption by month.

    Attributes:
        where: the code of a building, or of a building and a unit.
        dial: whole digits and decimals.
        used: on the register, oldest month first; later months have no reading.
        metric: under which its device reports; empty for one that is read by hand.
        preset: the mapping of a device that knows nothing of Gatehouse, and counts from 0.
    """

    where: str
    utility: Utility
    measure: Measure
    serial: str
    dial: tuple[int, int]
    first: str
    used: tuple[str, ...]
    name: str = ""
    multiplier: str = "1"
    most_per_day: str = ""
    metric: str = ""
    preset: str = ""


_KWH, _M3 = (Utility.ELECTRICITY, Measure.KWH), (Utility.WATER, Measure.M3)
COMMUNITY = [
    # It passes 99999.9 in the fourth month.
    Life("1 1201", *_KWH, "DDS-20411", (5, 1), "99112.4",
         ("182.6", "203.1", "321.8", "398.0", "364.2", "226.9")),
    Life("1 1201", *_M3, "LXS-0917", (5, 2), "412.06",
         ("9.31", "10.02", "11.47", "12.20", "11.08", "9.86")),
    Life("2 0502", *_M3, "LXS-0923", (5, 2), "388.41",
         ("14.10", "13.55", "15.02", "16.41")),
    Life("S 02", *_KWH, "DTS-7718", (6, 1), "1203.4",
         ("48.5", "51.0", "57.7", "60.2", "58.8", "49.9"), _("ovens"), multiplier="40",
         most_per_day="200"),
    Life("1", *_KWH, "DDS-30007", (6, 1), "20417.0",
         ("288.0", "279.5", "301.3", "310.6", "296.4", "284.1"), _("stairwell light"),
         most_per_day="60", metric="register.kwh", preset="register-energy-shelly"),
    Life("S", *_M3, "LXS-5001", (6, 1), "7315.5",
         ("122.4", "130.9", "141.0", "146.6", "138.2", "127.3"), _("rising main"),
         most_per_day="40", metric="register.m3"),
]  # fmt: skip
PARK = [
    Life("W1 A", *_KWH, "DTS-8841", (6, 1), "5210.4",
         ("96.4", "101.8", "118.2", "124.5", "113.9", "99.0"), multiplier="60",
         most_per_day="400"),
    Life("C A", *_KWH, "DTS-9016", (6, 1), "20418.7",
         ("612.0", "640.3", "702.8", "731.5", "688.1", "634.9"), _("refrigeration"),
         multiplier="80", most_per_day="2500"),
    Life("O", *_M3, "LXS-7702", (6, 1), "1840.2",
         ("61.3", "58.8", "66.0", "70.4", "63.7", "59.9"), _("rising main"),
         most_per_day="30", metric="register.m3"),
]  # fmt: skip

# Since the last reading; that may have been taken on this day, on the first of a month.
OVENS_USED = Decimal("4.3")


def install_meters(devices: DemoDevices, lives: Sequence[Life]) -> None:
    """Install meters, enter their readings, and register the devices of those that have one."""
    for life in lives:
        meter = _read_through(devices.site, life, devices.actor)
        if life.metric:
            _connect(meter, life, devices)


def replace_oven_meter(site: Site, manager: User) -> None:
    """Replace a meter of the community whose calibration has expired."""
    ovens = Meter.objects.get(site=site, serial="DTS-7718")
    last = ovens.readings.latest("at").value + OVENS_USED
    services.replace_meter(
        ovens,
        manager,
        at=clock.now() - timedelta(hours=1),
        last_register=last,
        new=NewMeter("DTS-8102", 6, Decimal("0.4"), 1, Decimal(40)),
        reason=gettext("Calibration expired"),
        photo=face("DTS-7718", ovens.dial.format(last)),
    )


def _read_through(site: Site, life: Life, manager: User) -> Meter:
    days = _first_days(site)
    whole, decimals = life.dial
    meter = services.install_meter(
        site,
        manager,
        _place(site, life),
        NewMeter(life.serial, whole, Decimal(life.first), decimals, Decimal(life.multiplier)),
        days[0],
    )
    shown = Decimal(life.first)
    for at, used in zip(days[1:], life.used, strict=False):
        before, shown = shown, (shown + Decimal(used)) % meter.dial.capacity
        text = meter.dial.format(shown)
        services.enter_reading(
            meter,
            manager,
            register=shown,
            at=at,
            photo=face(life.serial, text),
            rolled_over=shown < before,
        )
    return meter


def _connect(meter: Meter, life: Life, devices: DemoDevices) -> None:
    now, last = clock.now(), meter.readings.latest("at")
    code = f"meter-{life.serial.lower()}"
    # What is used between the last reading by hand and now is as much as usual.
    per_day = Decimal(life.used[-1]) / 30
    shown = last.value + per_day * Decimal((now - last.at) / timedelta(days=1))
    mapped = _mapped(life.preset, code, shown) if life.preset else {}
    device = devices.register(
        code,
        Device.Kind.METER,
        "generic-json" if mapped else "gatehouse",
        name=f"{meter.point.place} {gettext(life.name)}",
        metric=life.metric,
        register=0.0 if mapped else float(shown),
        per_day=float(per_day),
        since=now.isoformat(),
        **mapped,
    )
    services.connect_device(meter, devices.actor, device, life.metric)


def _mapped(preset: str, code: str, shown: Decimal) -> dict[str, Any]:
    """Return where a device publishes and what that means: it counts from what was shown."""
    options = check_options({"preset": preset})
    options["metrics"][0]["offset"] = str(round(shown, 3))
    return {"topic": f"{code}/events/rpc", "options": options}


def _place(site: Site, life: Life) -> Place:
    code, _space, unit_code = life.where.partition(" ")
    building = Building.objects.get(site=site, code=code)
    unit = Unit.objects.get(building=building, code=unit_code) if unit_code else None
    return Place(
        life.utility,
        life.measure,
        building,
        unit,
        gettext(life.name) if life.name else "",
        Decimal(life.most_per_day) if life.most_per_day else None,
    )


def _first_days(site: Site) -> list[datetime]:
    """Nine o'clock of the first of each of the latest months that are begun, the oldest first."""
    zone = clock.zone(site.timezone)
    day = (clock.now() - timedelta(hours=11)).astimezone(zone)
    days = []
    for _month in range(MONTHS):
        day = day.replace(day=1, hour=9, minute=0, second=0, microsecond=0)
        days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def face(serial: str, shown: str) -> bytes:
    """Draw a meter's face, as a telephone would see it."""
    photo = Image.new("RGB", (640, 480), "#c9c6bd")
    draw = ImageDraw.Draw(photo)
    draw.rounded_rectangle((70, 50, 570, 430), 36, fill="#ececea", outline="#8d8a82", width=6)
    draw.rectangle((140, 150, 500, 260), fill="#16181a")
    draw.text((320, 205), shown, "#f4f4f0", ImageFont.load_default(64), anchor="mm")
    draw.text((320, 330), serial, "#33363a", ImageFont.load_default(34), anchor="mm")
    made = BytesIO()
    photo.save(made, "JPEG", quality=80)
    return made.getvalue()
