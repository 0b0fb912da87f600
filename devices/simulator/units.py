"""The simulated devices, each with its protocol, its clock and the state of its connection."""

import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from core.errors import Rejection
from devices.signing import CommandGuard

from .chance import stream
from .scenario import Device
from .speech import Message, Ours, Read, Shelly, Vzenith

Send = Callable[[Message], None]


class Unit:
    """The common part of all simulated devices.

    Attributes:
        skew: seconds by which its clock is ahead.
        held: messages queued while its connection is down; None while it is up.
        silent: it neither publishes nor queues messages.
    """

    def __init__(self, device: Device, run: str, send: Send) -> None:
        self.device, self._run, self._send = device, run, send
        self._count = 0
        self.skew = timedelta()
        self.held: list[Message] | None = None
        self.silent = False

    def key(self) -> str:
        """Return the next message id, unique for the device over all runs."""
        self._count += 1
        return f"{self._run}-{self._count}"

    def publish(self, message: Message) -> None:
        """Publish a message, or queue it until the connection is up."""
        if self.silent:
            return
        if self.held is None:
            self._send(message)
        else:
            self.held.append(message)

    def release(self) -> None:
        """Restore the connection and send the queued messages in order, with their times."""
        held, self.held = self.held or [], None
        for message in held:
            self.publish(message)

    @property
    def has_line(self) -> bool:
        """Whether it has a connection of its own; else a gateway publishes for it."""
        return True

    @property
    def listens(self) -> str:
        """The topics this device subscribes to."""
        raise NotImplementedError

    def hello(self, at: datetime) -> Message | None:
        """Return the retained message published at each connection."""
        return None

    def farewell(self, at: datetime) -> Message | None:
        """Return the last will."""
        return None


class OwnUnit(Unit):
    """A device that speaks our own protocol.

    Attributes:
        model: the maker's name for it.
        versions: firmware versions, the newest first; most devices run that one.
    """

    model = ""
    versions: tuple[str, ...] = ()

    def __init__(self, device: Device, run: str, send: Send, site: str) -> None:
        super().__init__(device, run, send)
        self.voice = Ours(site, device.code)

    @property
    def listens(self) -> str:
        """The topics this device subscribes to."""
        return self.voice.listens

    def hello(self, at: datetime) -> Message | None:
        """Return the retained status."""
        return self.voice.status(self.key(), at + self.skew, online=True, **self._is_a())

    def farewell(self, at: datetime) -> Message | None:
        """Return the last will."""
        return self.voice.status(self.key(), at + self.skew, online=False)

    def _is_a(self) -> dict[str, str]:
        if not self.versions:
            return {}
        chance = stream(0, "firmware", self.device.code)  # of the device, the same in every run
        weights = [3.0] + [1.0] * (len(self.versions) - 1)
        return {"model": self.model, "firmware": chance.choices(self.versions, weights)[0]}

    def measure(self, at: datetime, values: dict[str, float]) -> None:
        """Publish measurements."""
        self.publish(self.voice.telemetry(self.key(), at + self.skew, values))


class BaySensor(OwnUnit):
    """A sensor in the ground of one bay."""

    model, versions = "BS-20", ("2.10.1", "2.9.4", "2.8.0")

    occupied = False

    def sense(self, at: datetime, *, occupied: bool) -> None:
        """Publish that a car arrived or left."""
        self.occupied = occupied
        self.publish(self.voice.bay(self.key(), at + self.skew, occupied=occupied))


class Detector(OwnUnit):
    """A sensor of the surroundings, such as a smoke detector, that may be set off.

    Attributes:
        is_set_off: whether it measures what it does in the event that it is there for.
    """

    model, versions = "ED-3", ("2.2.1", "2.1.0")

    is_set_off = False

    def sense(self, at: datetime, noise: Callable[[], float]) -> None:
        """Publish what it measures.

        Args:
            noise: returns the next deviation, as a share of the value.
        """
        measures = self.device.measures.items()
        chosen = {
            metric: each.set_off if self.is_set_off else each.usual for metric, each in measures
        }
        self.measure(at, {metric: round(v * (1 + noise()), 2) for metric, v in chosen.items()})


class Meter(OwnUnit):
    """A utility meter that reports its register; consumption is higher by day."""

    def register(self, at: datetime) -> float:
        """Return the register at an instant; it never decreases, in any run."""
        return shown(self.device, at)

    def count(self, at: datetime) -> None:
        """Publish the register."""
        self.measure(at, {self.device.metric: round(self.register(at), 3)})


class ShellyMeter(Unit):
    """A Shelly EM, which speaks its own protocol and is read through a mapping."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.voice = Shelly(device.code, device.topic)

    @property
    def listens(self) -> str:
        """A Shelly EM subscribes to no topic."""
        return ""

    def count(self, at: datetime) -> None:
        """Publish the energy counted."""
        self.publish(self.voice.energy(at + self.skew, shown(self.device, at) * 1000))


def shown(device: Device, at: datetime) -> float:
    """Return a meter's register at an instant; it never decreases."""
    use = device.use
    if use is None:
        return 0.0
    days = (at - use.since) / timedelta(days=1)
    wave = math.sin(2 * math.pi * (days - 0.3)) - math.sin(2 * math.pi * -0.3)
    return use.register + use.per_day * max(0.0, days - 0.1 * wave)


class Arm(OwnUnit):
    """A barrier of our own protocol, which accepts signed commands only."""

    model, versions = "BA-6", ("1.4.2",)

    lifts = 0

    def __init__(self, device: Device, run: str, send: Send, site: str) -> None:
        super().__init__(device, run, send, site)
        self.guard = CommandGuard(device.code, device.command_key)

    def execute(self, payload: bytes, now: datetime) -> bool:
        """Execute a command and acknowledge it; return whether the barrier opens."""
        command = decoded(payload)
        if command is None or "cmd_id" not in command:
            return False
        error = self._rejection(payload, now + self.skew)
        if error is None and command.get("action") not in ("open", "close"):
            error = "unknown action"
        cmd_id = str(command["cmd_id"])
        self.publish(self.voice.acknowledge(self.key(), now + self.skew, cmd_id, error))
        opened = error is None and command["action"] == "open"
        self.lifts += opened
        return opened

    def _rejection(self, payload: bytes, now: datetime) -> str | None:
        try:
            self.guard.admit(payload, now)
        except Rejection as rejection:
            return str(rejection)
        return None


class OwnCamera(OwnUnit):
    """A camera of our own protocol; a barrier beside it opens the lane."""

    model, versions = "LC-4", ("5.1.0", "5.0.7")

    def report_car(self, at: datetime, read: Read) -> Message:
        """Return the message about a car at the camera."""
        return self.voice.reading(self.key(), at + self.skew, read)

    def move(self, at: datetime, event: int, read: Read) -> None:
        """Publish how the car left the lane."""
        self.publish(self.voice.moved(self.key(), at + self.skew, event, read))


class VzenithCamera(Unit):
    """A Vzenith camera, which drives the barrier itself."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.voice = Vzenith(device.code, device.serial)

    @property
    def listens(self) -> str:
        """The topics this device subscribes to."""
        return self.voice.listens

    def report_car(self, at: datetime, read: Read) -> Message:
        """Return the message about a car at the camera."""
        return self.voice.reading(self.key(), at + self.skew, read)

    def move(self, at: datetime, event: int, read: Read) -> None:
        """Publish how the car left the lane."""
        self.publish(self.voice.moved(self.key(), at + self.skew, event, read))

    def beat(self, at: datetime) -> None:
        """Publish a keep-alive."""
        self.publish(self.voice.alive(self.key(), at + self.skew))

    def photo(self, at: datetime, jpeg: bytes) -> None:
        """Publish a requested photo."""
        self.publish(self.voice.photo(self.key(), at + self.skew, jpeg))

    def execute(self, topic: str, payload: bytes, now: datetime) -> str | None:
        """Reply to a command; return its name, or `open` if it opens the barrier."""
        name = topic.rsplit("/", 1)[-1]
        command = decoded(payload)
        if command is None:
            return None
        self.publish(self.voice.answer(command, name, now + self.skew))
        return "open" if opens(name, command) else name


Camera = VzenithCamera | OwnCamera


def opens(name: str, command: dict[str, Any]) -> bool:
    """Return whether a vzenith command opens the barrier: `gpio_out` with `io` 0."""
    payload = command.get("payload")
    body = payload.get("body") if isinstance(payload, dict) else None
    return name == "gpio_out" and isinstance(body, dict) and body.get("io") == 0


def decoded(payload: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a command; None if it is not one."""
    try:
        data = json.loads(payload)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
