"""The meters of a populated site: one with a manual reading and an implausible one of a device."""

from datetime import datetime, timedelta
from decimal import Decimal

from core import clock
from devices.telemetry.registers import Sample
from metering.models import Meter, MeterReading
from metering.services import enter_reading, record_device_reading
from tests.factories import UserFactory
from tests.metering import meters
from tests.photos import jpeg
from tests.rooms import World


def _month_ago() -> datetime:
    return clock.now() - timedelta(days=30)


def install_meter(world: World) -> Meter:
    """A meter that may count 10 kWh a day at most."""
    return meters.install_meter(world.site, at=_month_ago(), most_per_day="10")


def read_meter(world: World) -> MeterReading:
    """A manual reading with a photo."""
    at = _month_ago() + timedelta(days=20)
    return enter_reading(
        world.meter, UserFactory(), register=Decimal(100), at=at, photo=jpeg(96, 72)
    )


def exceed_limit(world: World) -> MeterReading:
    """A device's reading far above the limit, after the manual one."""
    at = world.reading.at + timedelta(days=5)
    reading = record_device_reading(world.meter, Sample(at, at, 5000.0), at.date())
    assert reading is not None
    return reading


def install_at_home(world: World) -> Meter:
    """A water meter in the flat of the owner."""
    return meters.install_meter(
        world.site, at=_month_ago(), serial="W-1", most_per_day="10", unit=world.home_unit
    )


def read_at_home(world: World) -> MeterReading:
    """Its reading, with a photo."""
    at, photo = clock.now(), jpeg(96, 72)
    return enter_reading(world.home_meter, UserFactory(), register=Decimal(50), at=at, photo=photo)


ROWS = {
    "meter": install_meter,
    "reading": read_meter,
    "doubtful": exceed_limit,
    "home_meter": install_at_home,
    "home_reading": read_at_home,
}
