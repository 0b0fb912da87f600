"""Run a simulated world over MQTT, in real time, until it is stopped."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from . import control
from .fleet import Fleet, Line, Manners
from .units import Unit
from .world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WAIT_S = 0.25  # so that a signal takes effect at once
SAVE_EVERY_S = 30.0
CONNECT_PATIENCE_S = 10.0


class Play:
    """One run of a world.

    Attributes:
        saved: where the cars inside are saved for the next run.
        control: which sensors are set off (`devices.simulator.control`); None: none is.
    """

    def __init__(
        self,
        world: World,
        report: Callable[[str], None],
        saved: Path | None = None,
        control: Path | None = None,
    ) -> None:
        self.world, self.report, self.saved, self.control = world, report, saved, control
        self.stopped = False
        if self.lists is not None and self.lists.exists():
            world.doors.remember(json.loads(self.lists.read_text(encoding="utf-8")))
        lines = [self._line(unit) for unit in world.units.values() if unit.has_line]
        self.fleet = Fleet(lines, report)
        self._next_save = SAVE_EVERY_S

    def run(self, minutes: float | None = None) -> None:
        """Run for so many real minutes, or until `stop` or a signal."""
        limit = None if minutes is None else minutes * 60
        with _signals(self.stop):
            self._gather()
            began, self.world.start = time.monotonic(), datetime.now(UTC)
            while not self.stopped:
                now = time.monotonic() - began
                if limit is not None and now >= limit:
                    break
                self._turn(now, began)
            self._save()
            self.fleet.close()

    def stop(self) -> None:
        """Stop the run within a quarter of a second."""
        self.stopped = True

    def _turn(self, now: float, began: float) -> None:
        if self.control is not None:
            self.world.set_off(control.read(self.control))
        self.fleet.publish(self.world.advance(now))
        wait = min(LONGEST_WAIT_S, self.world.due - (time.monotonic() - began))
        for received in self.fleet.poll(wait):
            now = time.monotonic() - began
            self.fleet.publish(
                self.world.receive(received.device, received.topic, received.payload, now)
            )
        if now >= self._next_save:
            self._next_save = now + SAVE_EVERY_S
            self._save()

    def _gather(self) -> None:
        """Wait until the devices are connected; the run starts even if some are not."""
        self.fleet.poll(0)
        self.world.prepare()
        deadline = time.monotonic() + CONNECT_PATIENCE_S
        while not (self.stopped or self.fleet.ready) and time.monotonic() < deadline:
            self.fleet.poll(0.05)
        away = [code for code, line in self.fleet.lines.items() if not line.ready]
        if away:
            self.report(f"not connected yet: {', '.join(away[:5])}{' …' if len(away) > 5 else ''}")

    def _line(self, unit: Unit) -> Line:
        world = self.world
        manners = Manners(
            unit.listens,
            hello=lambda: None if unit.silent else unit.hello(world.at()),
            farewell=lambda: unit.farewell(world.at()),
        )
        return Line(world.scenario.mqtt, unit.device, manners)

    @property
    def lists(self) -> Path | None:
        """Where what the doors' devices have stored is saved for the next run."""
        return None if self.saved is None else self.saved.with_suffix("").with_suffix(".lists")

    def _save(self) -> None:
        if self.saved is not None and self.lists is not None:
            _write(self.saved, self.world.parked())
            _write(self.lists, self.world.doors.remembered())


def _write(place: Path, kept: object) -> None:
    partial = place.with_name(place.name + ".new")
    partial.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, place)


@contextmanager
def _signals(stop: Callable[[], None]) -> "Iterator[None]":
    """Stop on Ctrl-C and SIGTERM; outside the main thread signals are not handled."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop()

    try:
        before = {
            number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
        }
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
