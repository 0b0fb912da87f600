"""People at the doors of a simulated site: who passes where, and how devices answer commands."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from .chance import stream
from .door_controller import Controller
from .door_people import Passer, draw
from .door_units import DoorUnit
from .units import Unit, decoded

FIRST_PERSON_S, GAP_S = 2.0, 120.0  # the gap at speed 1
BEAT_S = 30.0
#: What a control file appends to a device's code while the device is off.
OFFLINE = ":offline"


class Surroundings(Protocol):
    """The interface of the world to its doors; times in seconds."""

    seed: int
    speed: float

    def at(self) -> datetime:
        """Return the simulated time."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action."""

    def report(self, line: str) -> None:
        """Print a line."""


class DoorTraffic:
    """The doors of a world, and the people who pass them."""

    def __init__(
        self, world: Surroundings, units: Collection[Unit], people: Collection[Passer]
    ) -> None:
        self.world, self.people = world, tuple(people)
        self.units = [unit for unit in units if isinstance(unit, DoorUnit)]
        self._chance = stream(world.seed, "doors")
        self._inside: set[str] = set()
        self._set_off: frozenset[str] = frozenset()

    def open(self) -> None:
        """Schedule the first person, the signs of life, and the times without a connection."""
        if not self.units:
            return
        for index, unit in enumerate(self.units):
            self._every(BEAT_S, 0.5 + 0.2 * index, unit)
            if unit.door.offline is not None:
                begins, ends = unit.door.offline
                self.world.after(begins, lambda unit=unit: self._disconnect(unit))  # type: ignore[misc]
                self.world.after(ends, lambda unit=unit: self._connect(unit))  # type: ignore[misc]
        self.world.after(FIRST_PERSON_S, self._pass)

    def deliver(self, unit: DoorUnit, topic: str, payload: bytes) -> None:
        """Give a device a command, which it answers in its own time, or not at all.

        A device takes one command after the other.
        """
        unit = self._addressed(unit, payload)
        if unit.silent or unit.held is not None:
            return
        now = self.world.at().timestamp()
        unit.busy_until = max(unit.busy_until, now) + unit.door.answer_s
        self.world.after(unit.busy_until - now, lambda: self._answer(unit, topic, payload))

    def set_off(self, codes: Collection[str]) -> None:
        """Replace the devices whose codes are new among these; disconnect those that are off."""
        new, self._set_off = set(codes) - self._set_off, frozenset(codes)
        for unit in self.units:
            code = unit.device.code
            if code in new:
                unit.replace()
                self.world.report(f"{code} was replaced: its list is empty")
            is_off = code + OFFLINE in codes
            if is_off and unit.held is None:
                self._disconnect(unit)
            elif not is_off and unit.held is not None and unit.is_set_off:
                self._connect(unit)
            unit.is_set_off = is_off

    def remembered(self) -> dict[str, Any]:
        """Return what the devices keep while they are off, by code."""
        return {unit.device.code: unit.remembered for unit in self.units if unit.remembered}

    def remember(self, kept: Mapping[str, Any]) -> None:
        """Let the devices begin with what an earlier run has kept."""
        for unit in self.units:
            unit.remember(kept.get(unit.device.code, {}))

    def _addressed(self, unit: DoorUnit, payload: bytes) -> DoorUnit:
        """Return the controller that a request to a gateway is about; else the device itself."""
        if not isinstance(unit, Controller):
            return unit
        message = (decoded(payload) or {}).get("message")
        request = message.get("request") if isinstance(message, dict) else None
        serial = str(request.get("device-id", "")) if isinstance(request, dict) else ""
        own = (each for each in self.units if isinstance(each, Controller))
        return next((each for each in own if each.device.serial == serial), unit)

    def _answer(self, unit: DoorUnit, topic: str, payload: bytes) -> None:
        if unit.silent or unit.held is not None:
            return
        answers = unit.execute(topic, payload, self.world.at())
        if self._chance.random() < unit.door.loses:
            self.world.report(f"fault: an answer of {unit.device.code} is lost")
            return
        for message in answers:
            unit.publish(message)

    def _every(self, period: float, first: float, unit: DoorUnit) -> None:
        def beat() -> None:
            if unit.held is None:
                unit.beat(self.world.at())
            self.world.after(period, beat)

        self.world.after(first, beat)

    def _pass(self) -> None:
        gap = GAP_S / self.world.speed * self._chance.uniform(0.5, 1.5)
        self.world.after(gap, self._pass)
        person = draw(self._chance, self.people)
        if person is None:
            return
        unit = self._chance.choice(self.units)
        direction = unit.door.direction
        if direction == "both":
            direction = "out" if person.id in self._inside else "in"
        if direction == "in":
            self._inside.add(person.id)
        else:
            self._inside.discard(person.id)
        unit.meet(self.world.at(), person, direction, self._chance)

    def _disconnect(self, unit: DoorUnit) -> None:
        unit.held = []
        self.world.report(f"fault: {unit.device.code} has no connection")

    def _connect(self, unit: DoorUnit) -> None:
        unit.release()
        hello = unit.hello(self.world.at())
        if hello is not None:
            unit.publish(hello)
        self.world.report(f"{unit.device.code} is connected again")
