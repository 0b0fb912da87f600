"""Adjusted time: when something happened, by a device's clock less its measured offset.

It is calculated once, when the message arrives, and stored with what the message caused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from devices.events import Event
from devices.models import Device

# A prompt message takes less than this; a larger difference means that the clock is wrong.
MAX_DELAY = timedelta(seconds=60)
# No device stores records for longer than this.
MAX_BUFFERED = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class AdjustedTime:
    """When an event happened.

    Attributes:
        at: the device's time less its offset; the time of receipt where its clock is wrong.
        clock_wrong: the device's clock is wrong.
    """

    at: datetime
    clock_wrong: bool = False


def adjusted_time(event: Event, device: Device) -> AdjustedTime:
    """Return when the event happened.

    A record made offline keeps its time: one that its driver flags as buffered, or whose time lies
    in a gap of the device's presence. Of any other, a difference of more than MAX_DELAY from the
    receipt is attributed to the clock.
    """
    at = event.at - timedelta(milliseconds=device.clock_offset_ms or 0)
    if _is_near(at, event.received_at):
        return AdjustedTime(at)
    if _is_near(event.at, event.received_at):
        return AdjustedTime(event.at)  # the clock was set since its offset was measured
    if timedelta() < event.received_at - at <= MAX_BUFFERED and (
        event.buffered or _is_in_gap(at, device)
    ):
        return AdjustedTime(at)
    return AdjustedTime(event.received_at, clock_wrong=True)


def _is_near(at: datetime, received_at: datetime) -> bool:
    return abs(received_at - at) <= MAX_DELAY


def _is_in_gap(at: datetime, device: Device) -> bool:
    """Whether the device had no contact at that instant."""
    if device.state != Device.State.ONLINE:
        return device.last_seen_at is None or at >= device.last_seen_at - MAX_DELAY
    if device.gap_until is None or at > device.gap_until:
        return False
    return device.gap_from is None or at >= device.gap_from - MAX_DELAY
