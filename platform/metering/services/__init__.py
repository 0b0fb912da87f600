"""Write meters and readings; each service is one transaction that locks the meter's point."""

from metering.services.corrections import correct_reading, review_reading, withdraw_reading
from metering.services.device_links import connect_device, set_limit
from metering.services.installations import (
    NewMeter,
    Place,
    correct_meter,
    install_meter,
    replace_meter,
    retire_meter,
)
from metering.services.readings import enter_reading, record_device_reading
from metering.services.resident_readings import (
    is_window_open,
    set_reading_window,
    submit_reading,
)

__all__ = [
    "NewMeter",
    "Place",
    "connect_device",
    "correct_meter",
    "correct_reading",
    "enter_reading",
    "install_meter",
    "is_window_open",
    "record_device_reading",
    "replace_meter",
    "retire_meter",
    "review_reading",
    "set_limit",
    "set_reading_window",
    "submit_reading",
    "withdraw_reading",
]
