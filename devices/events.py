"""The events that devices cause; apps subscribe to them in their ``handlers.py``.

They are published with `core.events.publish` inside the transaction that stores the message, so
the message and everything that follows from it are committed together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every fact has.

    Attributes:
        device_id: the registry's row.
        site_id: the site it stands at.
        key: the device's own id of the message, unique for that device; up to 120 characters.
        at: the device's clock (aware UTC).
        received_at: our clock when the message arrived (aware UTC).
        values: numbers that came with it, by metric, such as ``battery.percent``; they are stored
            as telemetry of that time.
        alarms: what it says of the device's alarms besides, as `AlarmsReported` has them: a sensor
            that tells of its bay may be dirty, and later clean, in the same messages.
        heard: whether it shows that the device itself is alive; a gateway's word of it does not.
    """

    device_id: int
    site_id: int
    key: str
    at: datetime
    received_at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    alarms: Mapping[str, bool] = field(default_factory=dict)
    heard: bool = True


@dataclass(frozen=True, kw_only=True)
class PlateSeen(Event):
    """A camera saw a car.

    Attributes:
        raw_text: what the camera read, never altered; empty when it read no plate.
        confidence: the camera's own, 0 to 1.
        colour: of the plate: blue, yellow, white, black, green, yellow-green or empty.
        image: the photo (JPEG), if it came along.
        box: left, top, right, bottom of the plate in the photo's pixels, if known.
        trigger: why the camera looked, in the maker's words.
    """

    raw_text: str
    confidence: float
    colour: str = ""
    image: bytes | None = None
    box: tuple[int, int, int, int] | None = None
    trigger: str = ""


@dataclass(frozen=True, kw_only=True)
class CarMoved(Event):
    """A lane's camera or its barrier's loops saw how a car's visit to the lane ended.

    Attributes:
        movement: ``passed``, ``turned_back``, ``tailgating``, ``lingering`` or
            ``person_lingering``.
    """

    movement: str
    plate: str = ""


@dataclass(frozen=True, kw_only=True)
class BayChanged(Event):
    """A bay sensor saw a car come or go."""

    occupied: bool


@dataclass(frozen=True, kw_only=True)
class PhotoTaken(Event):
    """A camera sent the photo it was asked for.

    Attributes:
        image: the photo (JPEG), if it came along.
        address: where the camera says that it put the photo instead.
    """

    image: bytes | None
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Measured(Event):
    """A device reported numbers and nothing else: its ``values``, which are kept as telemetry."""


@dataclass(frozen=True, kw_only=True)
class CredentialSeen(Event):
    """Somebody showed a credential at a door, and the device decided by the list it was given.

    Attributes:
        means: ``card``, ``face``, ``qr``, ``pin``, ``button`` (from inside) or ``remote``.
        credential: what tells whose it is: the card's number, the person's id as the device was
            given it, the code's text; empty for a stranger's face or a button. Never a template.
        granted: whether the device let the person pass.
        door: which of the device's doors, from 1.
        direction: ``in``, ``out`` or empty where the device does not know.
        reason: why it was refused, in the maker's words.
        score: how alike the face was, 0 to 1, where it was a face.
        image: the photo (JPEG), if it came along.
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
class DoorMoved(Event):
    """A door's contact or lock changed.

    Attributes:
        door: which of the device's doors, from 1.
        change: ``opened``, ``closed``, ``locked``, ``unlocked``, ``forced`` (opened while locked)
            or ``held`` (open for too long).
    """

    door: int
    change: str


@dataclass(frozen=True, kw_only=True)
class BarrierMoved(Event):
    """The arm of a barrier moved, or something happened to it.

    Attributes:
        change: ``opened``, ``closed``, ``forced`` (lifted by hand) or ``hit`` (by a car).
    """

    change: str


# What devices raise alarms about. Another one needs a label in `devices.labels`.
ALARMS = (
    "battery_low",
    "fault",
    "gas",
    "leak",
    "overheat",
    "power_lost",
    "reverse_flow",
    "smoke",
    "tamper",
    "water",
)


@dataclass(frozen=True, kw_only=True)
class AlarmsReported(Event):
    """A device said which of its alarms are on; whatever it does not name is as it was before.

    Only what changes is stored and becomes an incident, so a device may say the same in each of its
    messages. Its ``values`` are kept in any case.

    Attributes:
        alarms: whether each is on, by its name in `ALARMS`: ``battery_low``, ``fault``, ``gas``,
            ``leak``, ``overheat``, ``power_lost``, ``reverse_flow``, ``smoke``, ``tamper`` or
            ``water``.
    """

    alarms: Mapping[str, bool]


@dataclass(frozen=True, kw_only=True)
class Noted(Event):
    """A device said something that is kept with its messages and changes nothing else.

    Attributes:
        what: in a few words.
    """

    what: str


@dataclass(frozen=True, kw_only=True)
class StateReported(Event):
    """A device said that it is online, or its last will said that it is not.

    Attributes:
        firmware: the version it runs, where it said so.
        model: what the maker calls it, where it said so.
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
        ok: whether the device does it.
        error: why it does not, in the maker's words.
    """

    cmd_id: str = ""
    number: int | None = None
    ok: bool
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class CommandSettled:
    """What became of a command is known: done, refused, or no answer came in time."""

    command_id: int
    site_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class DeviceSilent:
    """A device has been silent past its interval."""

    device_id: int
    site_id: int
