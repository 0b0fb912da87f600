"""The simulated devices: each knows its protocol, its clock and whether its line is open."""

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
    """What every simulated device has.

    Attributes:
        skew: how far its clock is ahead of the true time.
        held: what it could not send while its line was down; None while the line is open.
        silent: it says nothing, and nothing is kept.
    """

    def __init__(self, device: Device, run: str, send: Send) -> None:
        self.device, self._run, self._send = device, run, send
        self._count = 0
        self.skew = timedelta()
        self.held: list[Message] | None = None
        self.silent = False

    def key(self) -> str:
        """Return the next id, unique for the device over all runs."""
        self._count += 1
        return f"{self._run}-{self._count}"

    def say(self, message: Message) -> None:
        """Publish, or keep it until the line is open again."""
        if self.silent:
            return
        if self.held is None:
            self._send(message)
        else:
            self.held.append(message)

    def release(self) -> None:
        """Open the line again and send what was kept, in order, with its old times."""
        held, self.held = self.held or [], None
        for message in held:
            self.say(message)

    @property
    def listens(self) -> str:
        """The topics this device subscribes to."""
        raise NotImplementedError

    def hello(self, at: datetime) -> Message | None:
        """Return what is published at each connection, and retained."""
        return None

    def farewell(self, at: datetime) -> Message | None:
        """Return the last will."""
        return None


class OwnUnit(Unit):
    """A device that speaks our own protocol.

    Attributes:
        model: what its maker calls it.
        versions: of its firmware, the newest first; most devices run that one.
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
        chance = stream(0, "firmware", self.device.code)  # of the device, whichever the play
        weights = [3.0] + [1.0] * (len(self.versions) - 1)
        return {"model": self.model, "firmware": chance.choices(self.versions, weights)[0]}

    def measure(self, at: datetime, values: dict[str, float]) -> None:
        """Publish measurements."""
        self.say(self.voice.telemetry(self.key(), at + self.skew, values))


class BaySensor(OwnUnit):
    """A sensor in the ground of one bay."""

    model, versions = "BS-20", ("2.10.1", "2.9.4", "2.8.0")

    occupied = False

    def sense(self, at: datetime, *, occupied: bool) -> None:
        """Tell that a car came or went."""
        self.occupied = occupied
        self.say(self.voice.bay(self.key(), at + self.skew, occupied=occupied))


class Meter(OwnUnit):
    """A utility meter that reports its register; more is used by day than by night."""

    def register(self, at: datetime) -> float:
        """Return what it shows at an instant: it never goes down, whichever play asks."""
        return shown(self.device, at)

    def count(self, at: datetime) -> None:
        """Tell what it shows."""
        self.measure(at, {self.device.metric: round(self.register(at), 3)})


class ShellyMeter(Unit):
    """A Shelly EM, which knows nothing of Gatehouse: a mapping says what it means."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.voice = Shelly(device.code, device.topic)

    @property
    def listens(self) -> str:
        """It subscribes to nothing."""
        return ""

    def count(self, at: datetime) -> None:
        """Tell what has passed it."""
        self.say(self.voice.energy(at + self.skew, shown(self.device, at) * 1000))


def shown(device: Device, at: datetime) -> float:
    """Return what a meter's register shows at an instant: it never goes down."""
    use = device.use
    if use is None:
        return 0.0
    days = (at - use.since) / timedelta(days=1)
    wave = math.sin(2 * math.pi * (days - 0.3)) - math.sin(2 * math.pi * -0.3)
    return use.register + use.per_day * max(0.0, days - 0.1 * wave)


class Arm(OwnUnit):
    """A barrier of our own protocol, which obeys signed commands only."""

    model, versions = "BA-6", ("1.4.2",)

    lifts = 0

    def __init__(self, device: Device, run: str, send: Send, site: str) -> None:
        super().__init__(device, run, send, site)
        self.guard = CommandGuard(device.code, device.command_key)

    def obey(self, payload: bytes, now: datetime) -> bool:
        """Carry out a command and answer it; True where the arm goes up."""
        command = decoded(payload)
        if command is None or "cmd_id" not in command:
            return False
        error = self._rejection(payload, now + self.skew)
        if error is None and command.get("action") not in ("open", "close"):
            error = "unknown action"
        cmd_id = str(command["cmd_id"])
        self.say(self.voice.acknowledge(self.key(), now + self.skew, cmd_id, error))
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

    def see(self, at: datetime, read: Read) -> Message:
        """Return the message for a car that stands before the camera."""
        return self.voice.seen(self.key(), at + self.skew, read)

    def move(self, at: datetime, event: int, read: Read) -> None:
        """Tell how the car's visit to the lane ended."""
        self.say(self.voice.moved(self.key(), at + self.skew, event, read))


class VzenithCamera(Unit):
    """A Vzenith camera, which drives the barrier itself."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.voice = Vzenith(device.code, device.serial)

    @property
    def listens(self) -> str:
        """The topics this device subscribes to."""
        return self.voice.listens

    def see(self, at: datetime, read: Read) -> Message:
        """Return the message for a car that stands before the camera."""
        return self.voice.seen(self.key(), at + self.skew, read)

    def move(self, at: datetime, event: int, read: Read) -> None:
        """Tell how the car's visit to the lane ended."""
        self.say(self.voice.moved(self.key(), at + self.skew, event, read))

    def beat(self, at: datetime) -> None:
        """Tell that the camera is there."""
        self.say(self.voice.alive(self.key(), at + self.skew))

    def photo(self, at: datetime, jpeg: bytes) -> None:
        """Publish a photo that was asked for."""
        self.say(self.voice.photo(self.key(), at + self.skew, jpeg))

    def obey(self, topic: str, payload: bytes, now: datetime) -> str | None:
        """Answer a command; returns its name, or `open` where it lifts the arm."""
        name = topic.rsplit("/", 1)[-1]
        command = decoded(payload)
        if command is None:
            return None
        self.say(self.voice.answer(command, name, now + self.skew))
        return "open" if opens(name, command) else name


Camera = VzenithCamera | OwnCamera


def opens(name: str, command: dict[str, Any]) -> bool:
    """Whether a vzenith command lifts the arm: `gpio_out` with `io` 0."""
    payload = command.get("payload")
    body = payload.get("body") if isinstance(payload, dict) else None
    return name == "gpio_out" and isinstance(body, dict) and body.get("io") == 0


def decoded(payload: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a command; None where it is none."""
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
