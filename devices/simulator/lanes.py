"""One lane: cars queue, are photographed, wait for the barrier, pass or turn back."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from .burst import further_frames
from .cast import Car
from .chance import stream
from .faults import FaultRates, apply_fault
from .render import Photo
from .speech import BY_SOFTWARE, PASSED, TURNED_BACK, Read
from .units import Camera, VzenithCamera


class Surroundings(Protocol):
    """The interface of the world to its lanes; times in seconds."""

    seed: int
    now: float
    fault_rates: FaultRates
    patience: dict[str, float]
    photographer: Callable[..., Photo]
    still: Callable[..., bytes]
    report: Callable[[str], None]

    @property
    def pace(self) -> float:
        """The factor by which people and machines move faster than in reality."""

    def at(self) -> datetime:
        """Return the simulated time."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Schedule an action."""

    def light(self) -> str:
        """Return the light at the current hour."""

    def handle_passed(self, lane: "Lane", car: Car) -> None:
        """Handle a car that has passed the lane."""

    def handle_turned_back(self, lane: "Lane", car: Car) -> None:
        """Handle a car that has turned back."""


class Lane:
    """A lane with its camera; the first car of the queue is at the camera."""

    def __init__(self, world: Surroundings, camera: Camera) -> None:
        self.world, self.camera = world, camera
        self.code, self.direction = camera.device.lane, camera.device.direction
        self.queue: deque[Car] = deque()
        self.head: Car | None = None
        self.waits = False
        self._visit = 0
        self._read: Read | None = None
        self._since = 0.0
        self._chance = stream(world.seed, "lane", self.code)
        self._frames = stream(world.seed, "frames", self.code)
        self._place = stream(world.seed, "place", self.code).getrandbits(32)

    @property
    def busy(self) -> bool:
        """Whether a car is at the camera or on its way to it."""
        return self.head is not None

    def join(self, car: Car) -> None:
        """Add a car to the end of the queue."""
        self.queue.append(car)
        if self.head is None:
            self._call()

    def lift(self) -> None:
        """Open the barrier: a waiting car drives on."""
        if not self.waits or self.head is None:
            return
        self.waits = False
        waited = self.world.now - self._since
        self.world.report(f"{self.code}: {self.head.plate.text} let through after {waited:.2f} s")
        self.world.after(self._chance.uniform(1.8, 3.0) / self.world.pace, self._pass)

    def trigger(self) -> None:
        """Trigger the camera: it reports the waiting car again."""
        if self.waits and self._read is not None:
            read = replace(self._read, trigger=BY_SOFTWARE)
            self.camera.publish(self.camera.report_car(self.world.at(), read))

    def snapshot(self, camera: VzenithCamera) -> None:
        """Take a snapshot of the lane as it is now."""
        jpeg = self._read.jpeg if self._read is not None else self.still()
        camera.photo(self.world.at(), jpeg)

    def still(self) -> bytes:
        """Return a photo of the empty lane."""
        seed = stream(self.world.seed, "still", self.code, self.world.now).getrandbits(32)
        return self.world.still(light=self.world.light(), seed=seed, place=self._place)

    def _call(self) -> None:
        """Move the next car to the camera."""
        if self.head is None and self.queue:
            self.head = self.queue.popleft()
            drive_up = self._chance.uniform(0.9, 1.8) / self.world.pace
            # Rendered ahead, so that the reading is published at the time that it states.
            read = self._read_of(self.head)
            self.world.after(drive_up, lambda: self._report_head(read))

    def _report_head(self, read: Read) -> None:
        """Report the car at the camera, which waits from now on."""
        self._visit += 1
        visit = self._visit
        fault = self.world.fault_rates.draw(self._chance)
        self._read = apply_fault(self._chance, read, fault)
        self.waits, self._since = True, self.world.now
        self._report(self._read, fault)
        patience = self.world.patience[self.direction] * self._chance.uniform(0.9, 1.1)
        self.world.after(patience, lambda: self._turn_back(visit))

    def _read_of(self, car: Car) -> Read:
        shot = self._photo(car)
        design = car.plate.design
        further = self.camera.device.frames - 1
        # Such cameras leave some plates to the software, which reads their photos.
        is_simple = isinstance(self.camera, VzenithCamera) or further > 0
        unread = self._chance.random() < self.world.fault_rates.unread and is_simple
        return Read(
            text="" if unread else car.plate.text,
            confidence=self._chance.randint(95, 99),
            colour=design.colour,
            colour_type=design.colour_type,
            jpeg=shot.jpeg,
            fragment=b"" if unread else shot.fragment,
            more=further_frames(shot.jpeg, further, self._frames),
            box=shot.plate,
        )

    def _photo(self, car: Car) -> Photo:
        """Take the photo; American cars have a plate at the rear only."""
        car.shots += 1
        chance = stream(self.world.seed, "shot", car.plate.text, car.shots)
        return self.world.photographer(
            car.plate,
            car.look,
            light=self.world.light(),
            rear=car.plate.design.name == "us",
            seed=chance.getrandbits(32),
            place=self._place,
        )

    def _report(self, read: Read, fault: str | None) -> None:
        """Publish the reading, subject to its fault."""
        camera, world = self.camera, self.world
        if fault is not None:
            world.report(f"fault: {self.code} {fault}")
        if fault == "skew":
            self._skew()
        if fault == "late" and camera.held is None:
            camera.held = []
            world.after(self._chance.uniform(8, 25), camera.release)
        message = camera.report_car(world.at(), read)
        camera.publish(message)
        if fault == "duplicate":
            world.after(self._chance.uniform(0.3, 2.0), lambda: camera.publish(message))
        head = self.head.plate.text if self.head else ""
        world.report(f"{self.code}: {head} arrives, read as {read.text or 'nothing'}")

    def _skew(self) -> None:
        """Set the camera's clock wrong for three minutes, sometimes beyond the tolerance."""
        away = self._chance.choice((-75, -20, 30, 420))
        self.camera.skew = timedelta(seconds=away)
        self.world.after(180, lambda: setattr(self.camera, "skew", timedelta()))

    def _pass(self) -> None:
        self._end(PASSED)

    def _turn_back(self, visit: int) -> None:
        """Let the waiting driver turn back."""
        if visit == self._visit and self.waits and self.head is not None:
            self.world.report(f"{self.code}: {self.head.plate.text} turns back")
            self._end(TURNED_BACK)

    def _end(self, event: int) -> None:
        car, read = self.head, self._read
        self.head, self.waits, self._read = None, False, None
        if car is None or read is None:
            return
        self.camera.move(self.world.at(), event, read)
        if event == PASSED:
            self.world.handle_passed(self, car)
        else:
            self.world.handle_turned_back(self, car)
        self._call()
