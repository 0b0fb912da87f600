"""What changes meters and readings, one transaction each, one change of a point at a time."""

from metering.services.closing import correct_reading, review_reading, withdraw_reading
from metering.services.connecting import connect_device, set_limit
from metering.services.entering import enter_reading, take_reading
from metering.services.installing import (
    NewMeter,
    Place,
    correct_meter,
    install_meter,
    replace_meter,
    retire_meter,
)

__all__ = [
    "NewMeter",
    "Place",
    "connect_device",
    "correct_meter",
    "correct_reading",
    "enter_reading",
    "install_meter",
    "replace_meter",
    "retire_meter",
    "review_reading",
    "set_limit",
    "take_reading",
    "withdraw_reading",
]
