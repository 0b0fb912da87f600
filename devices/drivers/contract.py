"""What a driver is: one module with a manifest and three pure functions.

A driver knows no database and no clock: the same bytes give the same event for ever. It raises
`core.errors.Rejection` for what it can't read or can't say, and the link makes a dead letter of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from devices.events import Event
from devices.rejections import rejected

Options = Mapping[str, Any]


class Level(StrEnum):
    """How far a driver is, after Home Assistant's quality scale."""

    BRONZE = "bronze"  # reads what its maker's papers say, with a test for each message
    SILVER = "silver"  # refuses what is malformed by name, answers commands, knows online
    GOLD = "gold"  # every documented message and command, tested over a real broker
    PLATINUM = "platinum"  # gold, and recorded messages of real devices in its tests


class SignsInWith(StrEnum):
    """Which field of the registry is the device's user name at the broker."""

    CODE = "code"
    SERIAL = "serial"


def no_units(_options: Options) -> Mapping[str, str]:
    """Return nothing: what a driver does whose metrics have the units of their names."""
    return {}


def any_serial(_serial: str) -> None:
    """Take any serial number: what a driver does whose maker's have no form of their own."""


def no_options(options: Options) -> dict[str, Any]:
    """Refuse every option: what a driver does that has none.

    Raises:
        Rejection: naming the first option.
    """
    check_known(options, ())
    return {}


def check_known(options: Options, known: Collection[str]) -> None:
    """Refuse an option that the driver does not have.

    Raises:
        Rejection: naming the first one that is not known.
    """
    for name in options:
        if name not in known:
            raise rejected(f"options.{name}", "option_unknown")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a driver says of itself.

    Attributes:
        name: as the registry has it, in ``Device.driver``.
        title: what a person reads when choosing.
        maker: who makes the devices.
        topics: the MQTT filters that it listens to; none where each device has a topic of its own
            (`own_topic`).
        topics_of_device: topics that it listens to for each device by itself, with ``{name}`` for
            its user name: for makers who write the device's name inside a level, where no wildcard
            reaches, as in ``face.{name}.response``. `sender` recognises them like all others.
        publishes: the MQTT filters below which a device may publish, from which its rules at the
            broker are made. ``{name}`` stands for its user name, ``{site}`` for its site's slug,
            ``{topic}`` for its own topic.
        listens: the filters that it may subscribe to, written alike.
        can: what its devices tell us, in words of events.py.
        actions: what its devices can be told to do.
        secret_args: arguments of its actions that nobody may find later, such as a person's
            photo: once the command is settled or given up, their size stands in their place.
        signs_in_with: the device's user name at the broker.
        largest: bytes of the largest message that is read at all.
        level: how far it is.
        checks_signature: whether its devices need the key that their commands are signed with.
        own_topic: whether each device publishes on one topic that is entered with it.
        publishes_if: what more a device may publish to where that option of its own is true.
        check_options: takes a device's own options as they were entered and returns them as they
            are kept; it raises `Rejection` naming the one that is wrong.
        check_serial: takes the serial number that a device is to be registered with, and raises
            `Rejection` where its maker's are written otherwise.
        command_numbers: the largest number of a command, for makers whose commands carry a small
            number instead of an id: then ``Order.number`` is 1 to that, again and again, and
            ``CommandAnswered.number`` settles the device's newest command of that number.
        interval_s: the longest silence, in seconds, before a device counts as offline, where
            nobody chooses another: for most, three of its heartbeats.
        buttons: actions of its own that the console shall offer on a device's page, with the word
            on the button: such as take no arguments and move no arm and no door. The actions of
            `console.devices.actions` (open, close, trigger, snapshot, set_time, restart) have
            theirs.
        units: takes a device's own options and returns the units of those metrics of which the name
            does not tell it (`devices.units`).
    """

    name: str
    title: str
    maker: str
    topics: tuple[str, ...]
    topics_of_device: tuple[str, ...] = ()
    publishes: tuple[str, ...]
    listens: tuple[str, ...] = ()
    can: frozenset[str]
    actions: frozenset[str]
    signs_in_with: SignsInWith
    largest: int
    level: Level
    checks_signature: bool = False
    own_topic: bool = False
    secret_args: frozenset[str] = frozenset()
    publishes_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check_options: Callable[[Options], dict[str, Any]] = no_options
    check_serial: Callable[[str], None] = any_serial
    command_numbers: int = 0
    interval_s: int = 60
    buttons: Mapping[str, str] = field(default_factory=dict)
    units: Callable[[Options], Mapping[str, str]] = no_units


@dataclass(frozen=True)
class Sender:
    """Who sends, by a topic's own words.

    Attributes:
        name: the device's code or serial number, whichever the driver's devices sign in with.
        channel: which of the driver's messages it is.
        site: the site's slug, where the topic names one.
        via: whose account it was published with, where a gateway speaks for several devices; the
            driver sees to it that the device's own options name that gateway.
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
        name: what `Sender.name` was.
        options: the device's own, as the driver's ``check_options`` returned them.
        timezone: of the site, for makers whose devices tell local time (`Fields.local_instant`).
    """

    device_id: int
    site_id: int
    name: str
    options: Options = field(default_factory=dict)
    timezone: str = "UTC"

    def envelope(self, received_at: datetime) -> dict[str, Any]:
        """Return what every event of this device has, beside its ``key`` and its time ``at``."""
        return {
            "device_id": self.device_id,
            "site_id": self.site_id,
            "received_at": received_at,
        }


@dataclass(frozen=True, kw_only=True)
class Order:
    """One command for one device, in our words.

    Attributes:
        device_code, serial, site: which device.
        timezone: of the site; makers' devices keep local time.
        body: the signed fields of devices.md, ``sig`` among them.
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
        """Return the command's number, from 1 to ``numbers``; then it begins again."""
        return (int(self.body["seq"]) - 1) % self.numbers + 1

    @property
    def cmd_id(self) -> str:
        """Return the command's id."""
        return str(self.body["cmd_id"])

    @property
    def action(self) -> str:
        """Return what the device shall do."""
        return str(self.body["action"])

    @property
    def args(self) -> Mapping[str, Any]:
        """Return how it shall do it."""
        args: Mapping[str, Any] = self.body["args"]
        return args

    @property
    def issued_at(self) -> datetime:
        """Return when it was issued (aware UTC)."""
        return datetime.fromisoformat(self.body["issued_at"])

    def check_action(self, actions: Collection[str], thing: str) -> None:
        """Refuse what such a device does not do; ``thing`` says what it is, as in "a camera".

        Raises:
            Rejection: the action is none of those.
        """
        if self.action not in actions:
            raise rejected(
                "action", "action_unsupported", action=self.action, choices=sorted(actions)
            )

    def known_serial(self, called: str) -> str:
        """Return the device's serial number, or what its maker ``called`` it.

        Raises:
            Rejection: nobody entered it.
        """
        if not self.serial:
            raise rejected("serial", "required")
        return self.serial


@dataclass(frozen=True)
class Outgoing:
    """What is published."""

    topic: str
    payload: bytes


class Driver(Protocol):
    """A driver's module."""

    MANIFEST: Manifest

    def sender(self, topic: str, payload: bytes) -> Sender | None:
        """Return who sends on that topic; None when it is not one of this driver's.

        Most topics name the device. Where a maker has one topic for all, the message names it.

        Raises:
            Rejection: it is this driver's topic, and the message does not say who sends it.
        """

    def read(self, source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
        """Return what the message says.

        Raises:
            Rejection: naming the first thing that is wrong with it.
        """

    def write(self, order: Order) -> Outgoing:
        """Return the command as the device understands it.

        Raises:
            Rejection: the device can't do that, or its arguments are wrong.
        """


class Discreet(Driver, Protocol):
    """A driver whose messages bring what nobody may find later, such as faces."""

    def strip(self, payload: bytes) -> bytes:
        """Return a refused message as it may lie among the dead letters: without its photos.

        What is left says the same when it is replayed. It raises nothing, whatever the message is.
        """


class Replying(Driver, Protocol):
    """A driver whose devices repeat a message until they hear that it was taken."""

    def reply(self, source: Source, sender: Sender, payload: bytes) -> Outgoing | None:
        """Return what tells the device that its message was taken; None where it asks for nothing.

        It is published once the message is stored: as an event, as a copy of one, or refused among
        the dead letters, for a device that hears nothing would repeat what is refused for ever. It
        raises nothing, whatever the message is.
        """
