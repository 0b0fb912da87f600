"""Open doors by a command that no device has asked for."""

from collections.abc import Iterable
from typing import Any

from devices import commands
from devices.models import Command, Device
from doors import reading
from doors.context import DoorFacts
from estate.door_abilities import abilities_of
from estate.models import Door, DoorDevice


def openers(doors: Iterable[Door]) -> list[DoorDevice]:
    """Return for each door the first enabled device that opens it by a command.

    They come in the order in which devices are locked.
    """
    rows = DoorDevice.objects.filter(door__in=doors, device__enabled=True)
    rows = rows.select_related("device", "door__site").order_by("device_id", "number")
    found: dict[int, DoorDevice] = {}
    for served in rows:
        if abilities_of(served.device).most:
            found.setdefault(served.door_id, served)
    return sorted(found.values(), key=lambda each: (each.device_id, each.number))


def send(served: DoorDevice, sender: str, reason: str) -> Command:
    """Send the command that opens a door.

    Raises:
        Rejection: the device is not set up for it.
    """
    args = _args(served.device, served.number, reading.door_of_key(served.door_id))
    return commands.send(served.device, "open", args, actor=sender, reason=reason)


def _args(device: Device, number: int, door: DoorFacts | None) -> dict[str, Any]:
    abilities = abilities_of(device)
    args: dict[str, Any] = {"door": number} if abilities.names_door else {}
    if abilities.asks and door is not None and door.unlock_seconds is not None:
        args["seconds"] = door.unlock_seconds
    return args
