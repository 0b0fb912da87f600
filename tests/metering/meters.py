"""Meters and readings for tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from PIL import Image

from core.models import Site, User
from estate.models import Unit
from metering import services
from metering.models import Measure, Meter, MeterReading, Utility
from metering.services import NewMeter, Place
from metering.usage import Consumption, consumption
from tests.factories import SiteFactory, UserFactory

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def on(day: float) -> datetime:
    """Return the instant that many days after the installation."""
    return NEW_YEAR + day * DAY


def install_meter(
    site: Site | None = None,
    register: str = "0",
    *,
    digits: int = 5,
    decimals: int = 1,
    multiplier: str = "1",
    most_per_day: str | None = "1000",
    at: datetime = NEW_YEAR,
    serial: str = "E-1",
    unit: Unit | None = None,
) -> Meter:
    """Install a meter at a new point, with a limit that most readings keep."""
    place = Place(
        Utility.ELECTRICITY,
        Measure.KWH,
        name=serial,
        unit=unit,
        most_per_day=Decimal(most_per_day) if most_per_day else None,
    )
    new = NewMeter(serial, digits, Decimal(register), decimals, Decimal(multiplier))
    return services.install_meter(site or SiteFactory(), UserFactory(), place, new, at)


def read(meter: Meter, register: str, day: float, by: User | None = None, **more: object):
    """Enter a manual reading that many days after the installation."""
    more.setdefault("note", "no camera at hand")
    return services.enter_reading(
        meter, by or UserFactory(), register=Decimal(register), at=on(day), **more
    )


def replace_meter(meter: Meter, last: str, first: str, day: float, **more: object) -> Meter:
    """Replace the meter by another one."""
    more.setdefault("new", NewMeter(f"{meter.serial}+", 5, Decimal(first), 1))
    return services.replace_meter(
        meter, UserFactory(), at=on(day), last_register=Decimal(last), reason="broken", **more
    )


def used(meter: Meter, begin: float, end: float) -> Consumption:
    """Return the consumption at the meter's point between two days."""
    return consumption(meter.point, on(begin), on(end))


def counting(meter: Meter) -> list[str]:
    """Return the meter's registers in force, in order of time."""
    readings = MeterReading.objects.filter(meter=meter, state="in_force").order_by("at")
    return [reading.shown for reading in readings]


def photo(width: int = 320, height: int = 240, form: str = "JPEG", **more: object) -> bytes:
    """Return a plain image file."""
    file = BytesIO()
    Image.new("RGB", (width, height), "#567").save(file, form, **more)
    return file.getvalue()
