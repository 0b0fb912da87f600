"""The events that devices cause; apps subscribe to them in their ``handlers.py``.

They are published with `core.events.publish` inside the transaction that stores the message, so
the message and everything that follows from it are committed together or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, kw_only=True)
class Event:
    """The fields of every event.

    Attributes:
        device_id: primary key of the device.
        site_id: primary key of its site.
        key: the device's own id of the message, unique for that device; up to 120 characters.
        at: time by the device's clock (aware UTC).
        received_at: time by our clock when the message arrived (aware UTC).
        values: measurements in the message, by metric, such as ``battery.percent``; they are stored
            as telemetry of that time.
        alarms: alarm states in the message, as in `AlarmsReported`: a bay sensor may report with
            each message whether it is dirty.
        buffered: the device flags it as recorded while it had no connection.
        from_device: whether the device itself sent it, which proves that it is online; False for
            what a gateway reports about it.
    """

    device_id: int
    site_id: int
    key: str
    at: datetime
    received_at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    alarms: Mapping[str, bool] = field(default_factory=dict)
    buffered: bool = False
    from_device: bool = True


@dataclass(frozen=True, kw_only=True)
class PlateSeen(Event):
    """A camera detected a car.

    Attributes:
        raw_text: the plate as read by the camera, unaltered; empty if it read none.
        confidence: as reported by the camera, 0 to 1.
        colour: of the plate: blue, yellow, white, black, green, yellow-green or empty.
        image: the photo (JPEG), if the message contains it.
        more_images: further frames of the same car (JPEG), four at most.
        box: left, top, right, bottom of the plate in the first photo's pixels, if known.
        trigger: what triggered the camera, in the manufacturer's terms.
        visit: the camera's id of the car's visit, the same in all messages about it; empty if it
            gives none.
    """

    raw_text: str
    confidence: float
    colour: str = ""
    image: bytes | None = None
    more_images: tuple[bytes, ...] = ()
    box: tuple[int, int, int, int] | None = None
    trigger: str = ""
    visit: str = ""


@dataclass(frozen=True, kw_only=True)
class CarMoved(Event):
    """A camera or the barrier's loops detected how a car left the lane.

    Attributes:
        movement: ``passed``, ``turned_back``, ``tailgating``, ``lingering`` or
            ``person_lingering``.
    """

    movement: str
    plate: str = ""


@dataclass(frozen=True, kw_only=True)
class BayChanged(Event):
    """A bay sensor detected that a bay became occupied or free."""

    occupied: bool


@dataclass(frozen=True, kw_only=True)
class PhotoTaken(Event):
    """A camera sent a photo that was requested.

    Attributes:
        image: the photo (JPEG), if the message contains it.
        address: where the camera has stored the photo instead.
    """

    image: bytes | None
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Measured(Event):
    """A device reported measurements only, in ``values``; they are stored as telemetry."""


@dataclass(frozen=True, kw_only=True)
class CredentialSeen(Event):
    """A credential was presented at a door, and the device decided by its own list.

    Attributes:
        means: ``card``, ``face``, ``qr``, ``pin``, ``button`` (from inside) or ``remote``.
        credential: identifies the holder: the card's number, the person's id in the device's list,
            or the code; empty for an unknown face or a button. Never a biometric template.
        granted: whether the device opened the door.
        door: number of the device's door, from 1.
        direction: ``in``, ``out``, or empty if the device does not know.
        reason: why access was denied, in the manufacturer's terms.
        score: similarity of the face, 0 to 1; None for other means.
        image: the photo (JPEG), if the message contains it.
    """

    means: str
    credential: str
    granted: bool
    door: int = 1
    direction: str = ""
    reason: str = ""
    score: float | None = None
    image: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class CredentialAsked(Event):
    """A credential was presented at a door, and the device asks whether it may open.

    The answer is the command ``open`` or ``deny`` with the event's ``key`` as ``ask_id``.

    Attributes:
        means: ``card``, ``face``, ``qr``, ``pin`` or ``phone``.
        credential: the card's number, the code or the PIN, or the person's id in the device's list.
        door: number of the device's door, from 1.
        direction: ``in``, ``out``, or empty if the device does not know.
        second_means, second_credential: the second factor, if the device has asked for one.
    """

    means: str
    credential: str
    door: int = 1
    direction: str = ""
    second_means: str = ""
    second_credential: str = ""


@dataclass(frozen=True, kw_only=True)
class DoorMoved(Event):
    """A door's contact or lock changed.

    Attributes:
        door: number of the device's door, from 1.
        change: ``opened``, ``closed``, ``locked``, ``unlocked``, ``forced`` (opened while locked)
            or ``held`` (open for too long).
    """

    door: int
    change: str


@dataclass(frozen=True, kw_only=True)
class BarrierMoved(Event):
    """The arm of a barrier moved or was damaged.

    Attributes:
        change: ``opened``, ``closed``, ``forced`` (lifted by hand) or ``hit`` (by a car).
    """

    change: str


# What devices raise alarms about. Another one needs a label in `devices.labels`.
ALARMS = (
    "battery_low",
    "fault",
    "fire_release",
    "gas",
    "leak",
    "overheat",
    "power_lost",
    "reverse_flow",
    "smoke",
    "sos",
    "tamper",
    "water",
)


@dataclass(frozen=True, kw_only=True)
class AlarmsReported(Event):
    """A device reported the state of some of its alarms; others are unchanged.

    Only transitions are stored and become incidents, so a device may report the same state in each
    message. Its ``values`` are stored in any case.

    Attributes:
        alarms: whether each is active, by its name in `ALARMS`: ``battery_low``, ``fault``,
            ``fire_release`` (an input that opens doors), ``gas``, ``leak``, ``overheat``,
            ``power_lost``, ``reverse_flow``, ``smoke``, ``sos``, ``tamper`` or ``water``.
    """

    alarms: Mapping[str, bool]


@dataclass(frozen=True, kw_only=True)
class MessageLogged(Event):
    """A message that is stored in the device's history and has no other effect.

    Attributes:
        what: a short description.
    """

    what: str


@dataclass(frozen=True, kw_only=True)
class StateReported(Event):
    """A device reported that it is online, or its last will that it is offline.

    Attributes:
        firmware: its version, if reported.
        model: the manufacturer's model name, if reported.
    """

    online: bool
    firmware: str = ""
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class CommandAnswered(Event):
    """A device answered a command.

    Attributes:
        cmd_id: the command's id.
        number: the command's number instead, where the driver's manifest has ``command_numbers``.
        ok: whether the device executes it.
        error: why it does not, in the manufacturer's terms.
        problem: the same where all makers mean one thing: ``full`` (its list is), ``absent`` (no
            such entry), ``present`` (it has that entry already) or ``photo`` (it can't use it).
        listed: entries of its list, if it was asked for them, by their keys.
        count: how many entries its list has, if it was asked for that.
    """

    cmd_id: str = ""
    number: int | None = None
    ok: bool
    error: str = ""
    problem: str = ""
    listed: Mapping[str, Mapping[str, Any]] | None = None
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class CommandSettled:
    """The outcome of a command is known: done, refused by the device, or not answered.

    Attributes:
        action: of the command, such as ``open``.
        answer: what the device has answered, if it has.
    """

    command_id: int
    site_id: int
    state: str
    action: str = ""
    answer: CommandAnswered | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceSilent:
    """A device has been silent past its interval."""

    device_id: int
    site_id: int


class StoredReport(NamedTuple):
    """The measurements of one message: the device's time (aware UTC), and numbers by metric."""

    device_id: int
    site_id: int
    at: datetime
    values: Mapping[str, float]


@dataclass(frozen=True)
class TelemetryStored:
    """Measurements were stored, in the transaction that publishes this; some may be repeated.

    Attributes:
        reports: in the order of their arrival.
        received_at: when they arrived (aware UTC).
    """

    reports: Sequence[StoredReport] = field(repr=False)
    received_at: datetime


@dataclass(frozen=True)
class TelemetryIdle:
    """A process that stores telemetry has stored what it received; published every few seconds.

    Attributes:
        at: time by our clock (aware UTC).
        listening_since: since when it receives telemetry without interruption.
    """

    at: datetime
    listening_since: datetime
