"""The driver contract: a module with a manifest and three pure functions.

A driver uses neither database nor clock: the same bytes always give the same event. It raises
`core.errors.Rejection` for a message that it can't read and a command that it can't write; a
rejected message becomes a dead letter.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from devices.events import Event
from devices.rejections import rejected

Options = Mapping[str, Any]


class Level(StrEnum):
    """How complete and how well tested a driver is, after Home Assistant's quality scale."""

    BRONZE = "bronze"  # parses the messages in its maker's documentation, with a test for each
    SILVER = (
        "silver"  # rejects malformed messages by field, gets its commands answered, sees online
    )
    GOLD = "gold"  # every documented message and command, tested over a real broker
    PLATINUM = "platinum"  # gold, and recorded messages of real devices in its tests


class SignsInWith(StrEnum):
    """Which field of the registry is the device's user name at the broker."""

    CODE = "code"
    SERIAL = "serial"


class DoorSetting(StrEnum):
    """What a door may be set to, and not every device can apply."""

    UNLOCK_TIME = "unlock_time"  # for how long the door is unlocked
    HELD_TIME = "held_time"  # after how long an open door is reported
    SECOND_FACTOR = "second_factor"
    HARD_PASSBACK = "hard_passback"  # refuse who enters twice
    OCCUPANCY_LIMIT = "occupancy_limit"
    DURESS = "duress"  # a PIN that opens and calls for help
    TIME_PROFILES = "time_profiles"


class ListOf(StrEnum):
    """What the entries of a device's list are."""

    PERSONS = "persons"  # each with a photo, a card, or both
    CARDS = "cards"


@dataclass(frozen=True, kw_only=True)
class DoorAbilities:
    """What the devices of a driver can do at doors for people.

    Attributes:
        most: how many doors one device has; 0 where it serves none.
        asks: whether it asks the server before it opens.
        decides: whether it decides by a list of its own.
        means: by which means people show who they are (`CredentialSeen.means`).
        applies: what it applies by itself; the server applies the rest where it is asked.
        names_door: whether the argument ``door`` of the command ``open`` names one of its doors.
        facility_factor: by what it multiplies a card's facility code before it adds the number; 0
            where it reports plain numbers, or both with a hyphen between them.
        list_of: what its own list holds, where it decides (`ListOf`).
        lists: whether its whole list can be read (``list_persons`` or ``list_cards``), and one
            entry of it (``find_person`` or ``find_card``).
        card_digits: the longest card number on its list; 0 for no limit of its own.
        time_profiles: how many time profiles its list may refer to.
        profile_segments: how many times of day one of these has.
        in_flight: how many commands it takes before it has answered the first.
    """

    most: int = 0
    asks: bool = False
    decides: bool = False
    means: frozenset[str] = frozenset()
    applies: frozenset[DoorSetting] = frozenset()
    names_door: bool = False
    facility_factor: int = 0
    list_of: ListOf | None = None
    lists: bool = False
    card_digits: int = 0
    time_profiles: int = 0
    profile_segments: int = 0
    in_flight: int = 1


def no_units(_options: Options) -> Mapping[str, str]:
    """Return no units: the default, for drivers whose metric names end in their unit."""
    return {}


def accept_any_serial(_serial: str) -> None:
    """Accept any serial number: the default, for makers without a fixed form."""


def never_opens(_channel: str, _payload: bytes) -> bool:
    """Return False: the default, for drivers whose messages open no barrier."""
    return False


def reject_options(options: Options) -> dict[str, Any]:
    """Reject every option: the default, for drivers without options.

    Raises:
        Rejection: there is an option; it names the first.
    """
    check_option_names(options, ())
    return {}


def check_option_names(options: Options, known: Collection[str]) -> None:
    """Reject an option that the driver does not have.

    Raises:
        Rejection: an option is unknown; it names the first.
    """
    for name in options:
        if name not in known:
            raise rejected(f"options.{name}", "option_unknown")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A driver's description.

    Attributes:
        name: the driver's name in the registry (``Device.driver``).
        title: the name shown when a driver is chosen.
        maker: who makes the devices.
        topics: the MQTT filters that the driver subscribes to; empty where each device has a topic
            of its own (`own_topic`).
        topics_of_device: topics that it subscribes to for each device, with ``{name}`` for the
            device's user name: for makers who write the device's name inside a level, where no
            wildcard matches it, as in ``face.{name}.response``. `sender` identifies them as well.
        publishes: the MQTT filters a device may publish to; its rules at the broker are made from
            them. ``{name}`` stands for its user name, ``{site}`` for its site's slug, ``{topic}``
            for its own topic.
        relays: the filters a device may publish to as the gateway of another device, which names it
            in its option ``gateway``. ``{device}`` stands for the user name of the other one.
        subscribes: the filters a device may subscribe to, written alike.
        event_types: the events its messages become, by their names in docs/driver-reference.md.
        actions: the commands its devices accept.
        secret_args: arguments of commands that are personal data, such as a person's photo. Once
            the command is answered or given up, only their size is stored.
        signs_in_with: which field of the registry is the device's user name.
        max_bytes: size of the largest message that is read.
        messages_per_s, bytes_per_s: what one device may send for long. It may send the budget of a
            minute at once; excess messages are dropped.
        burst_messages: how many messages it may send at once, as after an outage.
        may_open: takes the channel and the bytes of a message, and returns whether it may open a
            barrier. Such a message is handled before others, so the check is cheap and may err on
            the side of True.
        level: the driver's quality.
        checks_signature: whether its devices need the key that their commands are signed with.
        own_topic: whether each device publishes on one topic, which is entered in the registry.
        publishes_if: further filters a device may publish to when an option of its own is true, by
            that option.
        check_options: takes a device's options as they were entered and returns them as they are
            stored; raises `Rejection` naming the one that is wrong.
        check_serial: takes the serial number a device is to be registered with, and raises
            `Rejection` if its maker's are written differently.
        command_numbers: the largest command number, for makers whose commands carry a small number
            instead of an id. ``DeviceCommand.number`` then runs from 1 to that and starts again,
            and ``CommandAnswered.number`` settles the device's newest command of that number.
        interval_s: seconds of silence after which a device counts as offline, unless another value
            is entered for it: for most, three of its heartbeats.
        buttons: commands of its own that the console offers on a device's page, with the button's
            label: only commands without arguments that move no barrier and no door. The console
            has buttons for open, close, trigger, snapshot, set_time and restart.
        units: takes a device's options and returns the units of the metrics whose names do not end
            in one (`devices.units`).
        doors: what its devices can do at doors for people.
    """

    name: str
    title: str
    maker: str
    topics: tuple[str, ...]
    topics_of_device: tuple[str, ...] = ()
    publishes: tuple[str, ...]
    relays: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    event_types: frozenset[str]
    actions: frozenset[str]
    signs_in_with: SignsInWith
    max_bytes: int
    level: Level
    checks_signature: bool = False
    own_topic: bool = False
    secret_args: frozenset[str] = frozenset()
    publishes_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check_options: Callable[[Options], dict[str, Any]] = reject_options
    check_serial: Callable[[str], None] = accept_any_serial
    command_numbers: int = 0
    interval_s: int = 60
    buttons: Mapping[str, str] = field(default_factory=dict)
    units: Callable[[Options], Mapping[str, str]] = no_units
    messages_per_s: float = 10.0
    bytes_per_s: float = 256 * 1024
    burst_messages: int = 2000
    may_open: Callable[[str, bytes], bool] = never_opens
    doors: DoorAbilities = field(default_factory=DoorAbilities)


@dataclass(frozen=True)
class Sender:
    """The sender of a message, as the topic or the message names it.

    Attributes:
        name: the device's code or serial number, whichever the driver's devices sign in with.
        channel: which of the driver's messages it is.
        site: the site's slug, where the topic names one.
        via: the user name it was published with, where a gateway publishes for several devices.
            The driver checks that the device's own options name that gateway.
    """

    name: str
    channel: str
    site: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class Source:
    """The registered device behind a message.

    Attributes:
        device_id, site_id: the registry's rows.
        name: the same as `Sender.name`.
        options: the device's own, as the driver's ``check_options`` returned them.
        timezone: the site's, for makers whose devices report local time (`Fields.local_instant`).
    """

    device_id: int
    site_id: int
    name: str
    options: Options = field(default_factory=dict)
    timezone: str = "UTC"

    def envelope(self, received_at: datetime) -> dict[str, Any]:
        """Return what all events of this device have, except their ``key`` and time ``at``."""
        return {
            "device_id": self.device_id,
            "site_id": self.site_id,
            "received_at": received_at,
        }


@dataclass(frozen=True, kw_only=True)
class DeviceCommand:
    """A command for one device, before a driver writes it in the maker's format.

    Attributes:
        device_code, serial, site: which device.
        timezone: the site's, for devices that use local time.
        body: the signed fields of docs/devices.md, ``sig`` among them.
        options: the device's own.
        numbers: the manifest's ``command_numbers``.
    """

    device_code: str
    serial: str | None
    site: str
    timezone: str
    body: Mapping[str, Any]
    options: Options = field(default_factory=dict)
    numbers: int = 0

    @property
    def number(self) -> int:
        """Return the command's number, from 1 to ``numbers``, after which it starts again."""
        return (int(self.body["seq"]) - 1) % self.numbers + 1

    @property
    def cmd_id(self) -> str:
        """Return the command's id."""
        return str(self.body["cmd_id"])

    @property
    def action(self) -> str:
        """Return the action, such as ``open``."""
        return str(self.body["action"])

    @property
    def args(self) -> Mapping[str, Any]:
        """Return the action's arguments."""
        args: Mapping[str, Any] = self.body["args"]
        return args

    @property
    def issued_at(self) -> datetime:
        """Return when it was issued (aware UTC)."""
        return datetime.fromisoformat(self.body["issued_at"])

    def check_action(self, actions: Collection[str]) -> None:
        """Check that the device accepts the action.

        Raises:
            Rejection: the action is not one of those.
        """
        if self.action not in actions:
            raise rejected(
                "action", "action_unsupported", action=self.action, choices=sorted(actions)
            )

    def require_serial(self) -> str:
        """Return the device's serial number, or what its maker uses as such.

        Raises:
            Rejection: the registry has none.
        """
        if not self.serial:
            raise rejected("serial", "required")
        return self.serial


@dataclass(frozen=True)
class OutgoingMessage:
    """A message to publish."""

    topic: str
    payload: bytes


class Driver(Protocol):
    """A driver's module."""

    MANIFEST: Manifest

    def sender(self, topic: str, payload: bytes) -> Sender | None:
        """Return the sender of a message; None when the topic is not one of this driver's.

        Most topics name the device. Where a maker has one topic for all, the message names it.

        Raises:
            Rejection: the topic is this driver's, and the message does not name its sender.
        """

    def read(self, source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
        """Parse a message into an event.

        Raises:
            Rejection: it is malformed; names the first field that is wrong.
        """

    def write(self, command: DeviceCommand) -> OutgoingMessage:
        """Write a command in the device's format.

        Raises:
            Rejection: the device does not accept the action, or an argument is wrong.
        """


class BatchDriver(Driver, Protocol):
    """A driver whose messages may hold several readings."""

    def read_all(
        self, source: Source, sender: Sender, payload: bytes, received_at: datetime
    ) -> Sequence[Event]:
        """Parse a message into one or more events, oldest first.

        Raises:
            Rejection: as `read`.
        """


class RedactingDriver(Driver, Protocol):
    """A driver whose messages contain personal data that may not be stored, such as faces."""

    def redact(self, payload: bytes) -> bytes:
        """Return a rejected message without its photos, for storage as a dead letter.

        The result gives the same event when it is replayed. It accepts any bytes without raising.
        """


class AcknowledgingDriver(Driver, Protocol):
    """A driver whose devices repeat a message until it is acknowledged."""

    def acknowledge(self, source: Source, sender: Sender, payload: bytes) -> OutgoingMessage | None:
        """Return the acknowledgement of a message; None where the device expects none.

        It is published once the message is stored: as an event, as a duplicate, or as a dead
        letter, because a device would repeat a rejected message for ever. It accepts any bytes
        without raising.
        """
