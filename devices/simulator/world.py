"""The simulation: cars, lanes and bays as timed actions, without network or clock.

Equal scenario, seed, speed, start and commands give equal messages, byte for byte.
"""

import heapq
import math
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from .cast import Car, Cast
from .chance import stream
from .door_controller import Controller
from .door_setting import DOOR_KINDS
from .door_traffic import DoorTraffic
from .door_units import DoorUnit, FaceCamera, Reader, Terminal
from .faults import FaultRates
from .lanes import Lane
from .light import light_of
from .render import Photo, photo, still
from .scenario import Device, Scenario
from .speech import Message
from .units import (
    Arm,
    BaySensor,
    Detector,
    Meter,
    OwnCamera,
    OwnUnit,
    ShellyMeter,
    Unit,
    VzenithCamera,
)

Action = Callable[[], None]
Photographer = Callable[..., Photo]
Still = Callable[..., bytes]
FIRST_CAR, ARRIVAL_GAP = 0.2, 80.0  # seconds; the gap at speed 1
STAY = (20 * 60.0, 90 * 60.0)  # seconds at speed 1
BEAT, MEASURE = 20.0, 30.0  # real seconds: a camera's keep-alive, a sensor's measurements
MORNING = 8.0  # the hour of the photos' light at the start
LONGEST_QUEUE = 3
ROOM_WITHOUT_SENSORS = 30
WEAK = 0.04  # of the sensors have a low battery


class World:
    """A simulated site.

    Time is in real seconds since `start`; `speed` shortens arrivals and stays, while people and
    machines at a lane move at their natural pace (up to speed 10).
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        speed: float,
        start: datetime,
        faults: FaultRates | None = None,
        patience: tuple[float, float] = (45.0, 120.0),
        photographer: Photographer = photo,
        still: Still = still,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.scenario, self.seed, self.speed, self.start = scenario, seed, speed, start
        self.fault_rates = faults or FaultRates()
        self.patience = {"entry": patience[0], "exit": patience[1]}
        self.photographer, self.still, self.report = photographer, still, report
        self.now = 0.0
        self._agenda: list[tuple[float, int, Action]] = []
        self._order = 0
        self._out: list[Message] = []
        self._chance = stream(seed, "world")
        self.cast = Cast(scenario, seed)
        self.inside: list[Car] = []
        self._build()
        self._open()

    @property
    def pace(self) -> float:
        """The factor by which people and machines move faster than in reality."""
        return max(1.0, self.speed / 10)

    @property
    def due(self) -> float:
        """Return when the next action is due, in seconds since the start."""
        return self._agenda[0][0] if self._agenda else math.inf

    def at(self) -> datetime:
        """Return the true time."""
        return self.start + timedelta(seconds=self.now)

    def after(self, seconds: float, action: Action) -> None:
        """Schedule an action."""
        self._order += 1
        heapq.heappush(self._agenda, (self.now + seconds, self._order, action))

    def advance(self, until: float) -> list[Message]:
        """Run all actions due by then; return the messages of the devices, in order."""
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, action = heapq.heappop(self._agenda)
            action()
        self.now = max(self.now, until)
        return self._drain_messages()

    def receive(self, code: str, topic: str, payload: bytes, at: float) -> list[Message]:
        """Deliver a command to a device at that time; return the messages up to its reply."""
        data = self.advance(at)
        unit, now = self.units[code], self.at()
        if not isinstance(unit, DoorUnit) and (unit.silent or unit.held is not None):
            return data
        if isinstance(unit, VzenithCamera):
            self._apply_command(unit, unit.execute(topic, payload, now))
        elif isinstance(unit, Arm) and unit.execute(payload, now):
            self._lift(unit.device.lane)
        elif isinstance(unit, DoorUnit):
            self.doors.deliver(unit, topic, payload)
        return data + self._drain_messages()

    def prepare(self) -> None:
        """Render the entry lanes' scenery, so that the first reading is not delayed."""
        for lane in self.lanes.values():
            if lane.direction == "entry":
                lane.still()

    def set_off(self, codes: Collection[str]) -> None:
        """Set off the sensors of these codes, and no others; those that change measure at once."""
        for code, unit in self.units.items():
            if isinstance(unit, Detector) and unit.is_set_off != (code in codes):
                unit.is_set_off = code in codes
                self.report(f"{code} is {'set off' if unit.is_set_off else 'back to normal'}")
                self.after(0, self._measuring(unit))
        self.doors.set_off(codes)

    def light(self) -> str:
        """Return the light of the photos; the day passes at the simulation's speed."""
        return light_of((MORNING + self.now * self.speed / 3600) % 24)

    def parked(self) -> list[dict[str, str | None]]:
        """Return the cars inside in the form of the scenario's `inside`."""
        return [
            {"plate": car.plate.text, "design": car.plate.design.name, "bay": car.bay}
            | {"body": car.look.body, "paint": car.look.paint}
            for car in self.inside
        ]

    def _drain_messages(self) -> list[Message]:
        data, self._out = self._out, []
        return data

    def _apply_command(self, camera: VzenithCamera, command: str | None) -> None:
        if command == "open":
            self._lift(camera.device.lane)
        elif command == "ivs_trigger":
            self.lanes[camera.device.lane].trigger()
        elif command == "snapshot":
            self.lanes[camera.device.lane].snapshot(camera)

    def _lift(self, code: str) -> None:
        lane = self.lanes.get(code)
        if lane is not None:
            lane.lift()

    # -- set-up ---------------------------------------------------------------------

    def _build(self) -> None:
        run = f"{int(self.start.timestamp() * 1000):x}"
        self.units: dict[str, Unit] = {}
        for device in self.scenario.devices:
            site = self.scenario.site
            if device.kind in DOOR_KINDS:
                unit: Unit = self._door_unit(device, run)
            elif device.kind == "barrier":
                unit = Arm(device, run, self._out_append, site)
            elif device.kind == "bay_sensor":
                unit = BaySensor(device, run, self._out_append, site)
            elif device.driver == "generic-json":
                unit = ShellyMeter(device, run, self._out_append)
            elif device.kind == "sensor":
                unit = Detector(device, run, self._out_append, site)
            elif device.kind == "meter":
                unit = Meter(device, run, self._out_append, site)
            elif device.driver == "gatehouse":
                unit = OwnCamera(device, run, self._out_append, site)
            else:
                unit = VzenithCamera(device, run, self._out_append)
            self.units[device.code] = unit
        self.bays = {u.device.bay: u for u in self.units.values() if isinstance(u, BaySensor)}
        cameras = [u for u in self.units.values() if isinstance(u, VzenithCamera | OwnCamera)]
        self.lanes = {unit.device.lane: Lane(self, unit) for unit in cameras}
        self.doors = DoorTraffic(self, self.units.values(), self.scenario.people)

    def _door_unit(self, device: Device, run: str) -> DoorUnit:
        if device.driver == "gatehouse":
            return Reader(device, run, self._out_append, self.scenario.site)
        made = {"face-mqtt": Terminal, "face-request": FaceCamera, "uhppote": Controller}
        return made[device.driver](device, run, self._out_append)

    def _out_append(self, message: Message) -> None:
        self._out.append(message)

    def _open(self) -> None:
        for index, unit in enumerate(self.units.values()):
            if isinstance(unit, VzenithCamera):
                self._every(BEAT, 0.05 * index, self._beat(unit))
            elif isinstance(unit, OwnUnit | ShellyMeter) and not isinstance(unit, DoorUnit):
                self._every(MEASURE, 1.0 + 0.37 * index % MEASURE, self._measuring(unit))
        self._fill_bays()
        self.doors.open()
        self.after(FIRST_CAR, self._arrive)
        if self.bays:
            self._every(60.0, 60.0, self._silence_one)

    def _every(self, period: float, first: float, action: Action) -> None:
        def again() -> None:
            action()
            self.after(period, again)

        self.after(first, again)

    def _beat(self, unit: VzenithCamera) -> Action:
        return lambda: unit.beat(self.at())

    def _fill_bays(self) -> None:
        """Park the cars that are inside, and let them leave one after another."""
        for index, (vehicle, bay) in enumerate(self.scenario.inside):
            car = self.cast.parked(vehicle)
            car.away, car.bay = False, bay if bay in self.bays else None
            self.inside.append(car)
            self.after(8 + 300 * index / self.speed, lambda car=car: self._depart(car))  # type: ignore[misc]
        taken = {car.bay for car in self.inside}
        for code, sensor in self.bays.items():
            sensor.sense(self.at(), occupied=code in taken)

    # -- cars ------------------------------------------------------------------------

    def _arrive(self) -> None:
        gap = ARRIVAL_GAP / self.speed * self._chance.uniform(0.75, 1.25)
        self.after(gap, self._arrive)
        if self._is_full():
            return
        car = self.cast.next()
        lane = self._shortest("entry", car) if car is not None else None
        if car is not None and lane is not None and len(lane.queue) < LONGEST_QUEUE:
            car.away = False
            lane.join(car)

    def _is_full(self) -> bool:
        return len(self.inside) >= (0.85 * len(self.bays) or ROOM_WITHOUT_SENSORS)

    def _shortest(self, direction: str, car: Car) -> Lane | None:
        """Return the lane of that direction that the car waits at for the fewest others."""
        lanes = [lane for lane in self.lanes.values() if lane.direction == direction]
        lanes = [lane for lane in lanes if lane.camera.device.admits(car.plate)]
        return min(lanes, key=lambda lane: len(lane.queue) + lane.busy, default=None)

    def handle_passed(self, lane: Lane, car: Car) -> None:
        """Handle a car that passed a lane: it parks, or leaves the site."""
        if lane.direction == "exit":
            self._forget(car)
            return
        self.inside.append(car)
        self.after(self._chance.uniform(3, 8) / self.pace, lambda: self._park(car))

    def handle_turned_back(self, lane: Lane, car: Car) -> None:
        """Handle a car that turned back: it leaves, or parks until it tries again."""
        if lane.direction == "entry":
            self._forget(car)
            return
        self.after(self._chance.uniform(4, 9) / self.pace, lambda: self._park(car))

    def _forget(self, car: Car) -> None:
        if car in self.inside:
            self.inside.remove(car)
        cooling = self._chance.uniform(300, 900) / self.speed
        self.after(cooling, lambda: setattr(car, "away", True))

    def _park(self, car: Car) -> None:
        free = [
            code
            for code, sensor in self.bays.items()
            if not sensor.occupied and sensor.device.admits(car.plate)
        ]
        if free:
            car.bay = self._chance.choice(free)
            self.bays[car.bay].sense(self.at(), occupied=True)
        self.after(self._chance.uniform(*STAY) / self.speed, lambda: self._depart(car))

    def _depart(self, car: Car) -> None:
        lane = self._shortest("exit", car)
        if lane is None:
            return
        if len(lane.queue) >= LONGEST_QUEUE:
            self.after(self._chance.uniform(60, 240) / self.speed, lambda: self._depart(car))
            return
        if car.bay is not None:
            self.bays[car.bay].sense(self.at(), occupied=False)
            car.bay = None
        self.after(self._chance.uniform(3, 7) / self.pace, lambda: lane.join(car))

    # -- measurements -------------------------------------------------------------------

    def _measuring(self, unit: OwnUnit | ShellyMeter) -> Action:
        if isinstance(unit, Meter | ShellyMeter):
            meter = unit
            return lambda: meter.count(self.at())
        chance = stream(self.seed, "measure", unit.device.code)
        if isinstance(unit, Detector):
            detector = unit
            return lambda: detector.sense(self.at(), lambda: chance.gauss(0, 0.01))
        steady = {"battery": chance.uniform(62, 100), "rssi": chance.uniform(-88, -55)}
        if chance.random() < WEAK:
            steady["battery"] /= 5

        def measure() -> None:
            hour = MORNING + self.now * self.speed / 3600
            warmth = 21 + 6 * math.sin((hour - 9) * math.pi / 12) + chance.gauss(0, 0.3)
            values = {
                "temperature.c": round(warmth, 2),
                "signal.rssi": round(steady["rssi"] + chance.gauss(0, 2)),
            }
            if isinstance(unit, BaySensor):
                steady["battery"] = max(3.0, steady["battery"] - 0.002 * self.speed)
                values["battery.percent"] = round(steady["battery"], 1)
            else:
                values["supply.volt"] = round(chance.gauss(24.0, 0.08), 2)
            if isinstance(unit, Arm):
                values["lifts"] = unit.lifts
            unit.measure(self.at(), values)

        return measure

    def _silence_one(self) -> None:
        """Silence a random sensor for some minutes, now and then."""
        if self._chance.random() >= self.fault_rates.sensors * len(self.bays):
            return
        sensor = self._chance.choice(list(self.bays.values()))
        sensor.silent = True
        self.report(f"fault: {sensor.device.code} falls silent")
        self.after(self._chance.uniform(150, 260), lambda: self._wake(sensor))

    def _wake(self, sensor: BaySensor) -> None:
        sensor.silent = False
        sensor.sense(self.at(), occupied=sensor.occupied)
