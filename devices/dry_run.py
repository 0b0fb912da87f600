"""Trying what a driver would make of a message: nothing is stored, and nobody hears of it."""

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
    """What became of the message.

    Attributes:
        event: what the apps would hear; None where it would be refused.
        rejection: why it would be a dead letter.
        rest: what it would have been but for its time, where only that was refused, as with an
            example from a maker's papers.
        units: of the metrics.
    """

    event: Event | None
    rejection: Rejection | None
    rest: Event | None
    units: dict[str, str]


def try_message(
    device: Device, options: drivers.Options, payload: bytes, received_at: datetime
) -> DryRun:
    """Return what a message on the device's own topic would become with these options.

    Raises:
        Rejection: the options themselves are wrong.
    """
    driver = drivers.driver(device.driver)
    kept = driver.MANIFEST.check_options(options)
    units = dict(driver.MANIFEST.units(kept))
    try:
        return DryRun(_read(device, kept, payload, received_at), None, None, units)
    except Rejection as rejection:
        return DryRun(None, rejection, _but_for_its_time(device, kept, payload, received_at), units)


def _but_for_its_time(
    device: Device, kept: dict[str, Any], payload: bytes, received_at: datetime
) -> Event | None:
    untimed = {name: option for name, option in kept.items() if name != "at"}
    if untimed == kept:
        return None
    try:
        return _read(device, untimed, payload, received_at)
    except Rejection:
        return None


def _read(device: Device, kept: dict[str, Any], payload: bytes, received_at: datetime) -> Event:
    source = Source(device.pk, device.site_id, device.code, kept, device.site.timezone)
    sender = Sender(device.code, OWN_TOPIC)
    event = drivers.driver(device.driver).read(source, sender, payload, received_at)
    if event.values:
        validate_values(event.values)
    return event
