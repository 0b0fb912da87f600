"""Parse a message as a driver would, without storing or publishing anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import Rejection
from devices import drivers
from devices.drivers.contract import Sender, Source
from devices.events import Event
from devices.models import Device
from devices.registry import OWN_TOPIC
from devices.telemetry.message import validate_values


@dataclass(frozen=True)
class DryRun:
    """The result of parsing one message.

    Attributes:
        event: what would be published; None where the message would be rejected.
        rejection: why it would be a dead letter.
        untimed: the event without the message's own time, where only that was rejected, as with
            an example from a manufacturer's manual.
        units: the unit of each metric.
    """

    event: Event | None
    rejection: Rejection | None
    untimed: Event | None
    units: dict[str, str]


def try_message(
    device: Device, options: drivers.Options, payload: bytes, received_at: datetime
) -> DryRun:
    """Parse a message on the device's own topic with these options.

    Raises:
        Rejection: the options are invalid.
    """
    driver = drivers.driver(device.driver)
    checked = driver.MANIFEST.check_options(options)
    units = dict(driver.MANIFEST.units(checked))
    try:
        return DryRun(_read(device, checked, payload, received_at), None, None, units)
    except Rejection as rejection:
        return DryRun(None, rejection, _without_time(device, checked, payload, received_at), units)


def _without_time(
    device: Device, options: dict[str, Any], payload: bytes, received_at: datetime
) -> Event | None:
    untimed = {name: value for name, value in options.items() if name != "at"}
    if untimed == options:
        return None
    try:
        return _read(device, untimed, payload, received_at)
    except Rejection:
        return None


def _read(device: Device, options: dict[str, Any], payload: bytes, received_at: datetime) -> Event:
    source = Source(device.pk, device.site_id, device.code, options, device.site.timezone)
    sender = Sender(device.code, OWN_TOPIC)
    event = drivers.driver(device.driver).read(source, sender, payload, received_at)
    if event.values:
        validate_values(event.values)
    return event
