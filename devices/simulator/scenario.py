"""The file that describes the simulated site: broker, devices, vehicles.

The demo's loader writes one for each site (`var/simulator.json`, `var/simulator-<site>.json`,
readable by their owner only, as they hold the devices' passwords). Their form:

    {"mqtt": "mqtt://127.0.0.1:1883",      mqtt:// or mqtts://, host and port
     "site": "demo",                        the site's slug in our own topics
     "portal_url": "http://…",              optional; printed at the start
     "devices": [
       {"code": "cam-in-1", "kind": "camera", "driver": "vzenith-mqtt", "serial": "8c5f-01",
        "username": "…", "password": "…", "lane": "in-1", "direction": "entry"},
       {"code": "cam-in-2", "kind": "camera", "driver": "gatehouse", "username": "…",
        "password": "…", "lane": "in-2", "direction": "entry"},
       {"code": "arm-in-2", "kind": "barrier", "driver": "gatehouse", "username": "…",
        "password": "…", "lane": "in-2", "command_key": "<hex>"},
       {"code": "bay-a01", "kind": "bay_sensor", "driver": "gatehouse", "username": "…",
        "password": "…", "bay": "A-01"},
       {"code": "meter-1", "kind": "meter", "driver": "gatehouse", "username": "…",
        "password": "…", "metric": "register.kwh", "register": 4812.3, "per_day": 9.5,
        "since": "2026-01-01T00:00:00+00:00"},
       {"code": "meter-2", "kind": "meter", "driver": "generic-json", "username": "…",
        "password": "…", "topic": "meter-2/events/rpc", "metric": "register.kwh", "register": 0,
        "per_day": 9.5, "since": "2026-01-01T00:00:00+00:00"}],
     "vehicles": {"residents": […], "visitors": […], "blocked": […], "watched": […]},
     "inside": [{"plate": "粤B12345", "bay": "A-01"}],
     "strangers": {"cn-yellow": 70, "cn-blue": 30}}

`serial` is needed for vzenith-mqtt only (its topics begin with it), `lane` and `direction` for
cameras, `lane` and `command_key` for barriers, `bay` for bay sensors. A meter reports, under
`metric`, what its register showed at `since` and what was used from then on, `per_day`; one with
the driver generic-json is a Shelly EM, which publishes what it counted, in kWh, on `topic`. A
vehicle is a plate's text or `{"plate", "design", "body", "paint"}`, all but the plate optional.
`inside` (optional) are cars with an open stay when the simulation begins; they leave first.
`strangers` (optional) is how often cars on no list arrive, by the design of their plates. Cameras
and bay sensors may have `designs`, of the plates that use the lane or bay; without it, all do.
A sensor has `measures`: what it measures as a rule, and once it is set off (`manage.py set_off`).
A camera of our own protocol may have `frames`: how many photos of each car it sends, 1 to 5.
The devices of doors and `people` are described in `door_setting.py`.
Unknown keys are ignored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .bodies import BODIES
from .door_people import Passer
from .door_setting import DOOR_KINDS, DoorSetting, door_of, passer_of
from .light import PAINTS
from .plates import DESIGNS, Plate, plate
from .scenario_fields import ScenarioError, list_of, one_of, text_of

FILE = "simulator.json"
KINDS = ("camera", "barrier", "bay_sensor", "meter", "sensor", *DOOR_KINDS)
DRIVERS = ("vzenith-mqtt", "gatehouse", "generic-json", "face-mqtt", "face-request", "uhppote")
_NEEDED: dict[str, tuple[str, ...]] = {
    "camera": ("lane",),
    "barrier": ("lane", "command_key"),
    "bay_sensor": ("bay",),
    "meter": ("metric",),
    "sensor": (),
    "door": (),
    "face_terminal": ("serial",),
}
_NEEDED_BY = {
    "vzenith-mqtt": ("serial",),
    "generic-json": ("topic",),
    "face-mqtt": ("serial",),
    "face-request": ("serial",),
    "uhppote": ("serial",),
}
MOST_FRAMES = 5
GROUPS = ("residents", "visitors", "blocked", "watched")


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the broker."""

    host: str
    port: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """One simulated device and its credentials."""

    code: str
    kind: str
    driver: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    serial: str = ""
    lane: str = ""
    direction: str = ""
    bay: str = ""
    command_key: bytes = field(default=b"", repr=False)
    topic: str = ""
    metric: str = ""
    use: "Use | None" = None
    designs: frozenset[str] = frozenset()
    frames: int = 1
    measures: "Mapping[str, Measure]" = field(default_factory=dict)
    door: DoorSetting = field(default_factory=DoorSetting)

    def admits(self, item: Plate) -> bool:
        """Whether vehicles with this plate use the lane or bay."""
        return not self.designs or item.design.name in self.designs


@dataclass(frozen=True, slots=True)
class Use:
    """A meter's register at an instant, and its increase per day."""

    register: float
    per_day: float
    since: datetime


@dataclass(frozen=True, slots=True)
class Measure:
    """What a sensor measures as a rule, and once it is set off."""

    usual: float
    set_off: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle on file: its plate and, if given, its look."""

    plate: Plate
    body: str | None = None
    paint: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A simulated site."""

    mqtt: Address
    site: str
    devices: tuple[Device, ...]
    vehicles: Mapping[str, tuple[Vehicle, ...]]
    inside: tuple[tuple[Vehicle, str | None], ...] = ()
    portal_url: str = ""
    strangers: Mapping[str, float] = field(default_factory=dict)
    people: tuple[Passer, ...] = ()

    def device(self, name: str) -> Device | None:
        """Return the device with this code or serial number."""
        return next((item for item in self.devices if name in (item.code, item.serial)), None)


def scenario_files(home: Path) -> list[Path]:
    """Return the files of the demo sites; that of the first one also if it is missing."""
    others = home.glob("simulator-*.json")
    return [home / FILE, *sorted(path for path in others if ".inside" not in path.suffixes)]


def load(path: Path) -> Scenario:
    """Read the file.

    Raises:
        ScenarioError: the file is missing, no JSON, or has an invalid field.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ScenarioError(str(path), "is not there", "load the demo site first") from error
    except (OSError, ValueError) as error:
        raise ScenarioError(str(path), f"cannot be read ({error})", "write it anew") from error
    return read(data)


def resume(scenario: Scenario, saved: Path) -> Scenario:
    """Return the scenario with the cars that an earlier run left inside, if any.

    Raises:
        ScenarioError: the saved cars cannot be read.
    """
    try:
        cars = json.loads(saved.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return scenario
    except (OSError, ValueError) as error:
        raise ScenarioError(str(saved), f"cannot be read ({error})", "delete it") from error
    found = list_of({"inside": cars}, "inside")
    inside = tuple(_parked(item, index) for index, item in enumerate(found))
    return replace(scenario, inside=inside)


def read(data: Any) -> Scenario:
    """Return the scenario that a decoded file describes.

    Raises:
        ScenarioError: names the first invalid field.
    """
    if not isinstance(data, dict):
        raise ScenarioError("file", "is not a JSON object", "see devices/simulator/scenario.py")
    devices = _with_gateways(
        [_device(item, index) for index, item in enumerate(list_of(data, "devices"))]
    )
    if not any(item.kind == "camera" for item in devices):
        raise ScenarioError("devices", "has no camera", "give at least one with a lane")
    return Scenario(
        mqtt=address(text_of(data, "mqtt", "mqtt")),
        site=text_of(data, "site", "site"),
        devices=devices,
        vehicles=_vehicles(data.get("vehicles", {})),
        inside=tuple(_parked(item, index) for index, item in enumerate(list_of(data, "inside"))),
        portal_url=str(data.get("portal_url", "")),
        strangers=_strangers(data.get("strangers", {})),
        people=tuple(passer_of(item, index) for index, item in enumerate(list_of(data, "people"))),
    )


def address(url: str) -> Address:
    """Return the broker's address; `mqtt://host[:port]` or `mqtts://host[:port]`.

    Raises:
        ScenarioError: it is not such an address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("mqtt", "mqtts"):
        raise ScenarioError(
            "mqtt", f"{url!r} is not a broker address", "write mqtt://127.0.0.1:1883"
        )
    tls = parts.scheme == "mqtts"
    return Address(host, port or (8883 if tls else 1883), tls)


def _device(data: Any, index: int) -> Device:
    where = f"devices[{index}]"
    if not isinstance(data, dict):
        raise ScenarioError(where, "is not an object", "give code, kind, driver and credentials")
    kind, driver = one_of(data, where, "kind", KINDS), one_of(data, where, "driver", DRIVERS)
    if driver == "generic-json" and kind != "meter":
        raise ScenarioError(f"{where}.driver", "is played by meters only", "choose gatehouse")
    code = text_of(data, "code", f"{where}.code")
    for key in _NEEDED[kind] + _NEEDED_BY.get(driver, ()):
        text_of(data, key, f"{where}.{key}")
    listed = list_of(data, "designs")
    if kind == "camera":
        one_of(data, where, "direction", ("entry", "exit"))
    return Device(
        code=code,
        kind=kind,
        driver=driver,
        username=text_of(data, "username", f"{where}.username"),
        password=text_of(data, "password", f"{where}.password"),
        serial=str(data.get("serial") or ""),
        lane=str(data.get("lane") or ""),
        direction=str(data.get("direction") or ""),
        bay=str(data.get("bay") or ""),
        command_key=_key(data, where),
        topic=str(data.get("topic") or ""),
        metric=str(data.get("metric") or ""),
        use=_use(data, where) if kind == "meter" else None,
        measures=_measures(data, where) if kind == "sensor" else {},
        designs=frozenset(_known_design(each, f"{where}.designs") for each in listed),
        frames=_frames(data, where),
        door=door_of(data, where) if kind in DOOR_KINDS else DoorSetting(),
    )


def _with_gateways(devices: list[Device]) -> tuple[Device, ...]:
    """Return the devices, the controllers with the code of their gateway's one."""
    codes = {each.serial: each.code for each in devices if each.driver == "uhppote"}
    found = []
    for index, each in enumerate(devices):
        gateway = each.door.gateway
        if gateway and gateway not in codes:
            hint = "enter the serial number of another controller"
            raise ScenarioError(f"devices[{index}].gateway", f"{gateway!r} is not known", hint)
        line = codes.get(gateway, "")
        found.append(replace(each, door=replace(each.door, line=line)))
    return tuple(found)


def _frames(data: dict[str, Any], where: str) -> int:
    """Return how many photos of each car a camera sends; a Vzenith camera sends one."""
    number = data.get("frames", 1)
    most = MOST_FRAMES if data["driver"] == "gatehouse" else 1
    if type(number) is not int or not 1 <= number <= most:
        raise ScenarioError(f"{where}.frames", f"is {number!r}", f"enter a number from 1 to {most}")
    return number


def _strangers(data: Any) -> dict[str, float]:
    if not isinstance(data, dict):
        raise ScenarioError("strangers", "is not an object", 'write {"cn-blue": 1}')
    for weight in data.values():
        if not isinstance(weight, int | float) or weight <= 0:
            raise ScenarioError("strangers", f"{weight!r} is no weight", "enter a number above 0")
    return {_known_design(name, "strangers"): float(weight) for name, weight in data.items()}


def _known_design(name: Any, where: str) -> str:
    if name not in DESIGNS:
        raise ScenarioError(where, f"{name!r} is not known", f"one of {', '.join(DESIGNS)}")
    return str(name)


def _use(data: dict[str, Any], where: str) -> Use:
    for key in ("register", "per_day"):
        if not isinstance(data.get(key), int | float) or data[key] < 0:
            raise ScenarioError(f"{where}.{key}", "is not a number of at least 0", "enter one")
    return Use(float(data["register"]), float(data["per_day"]), _instant(data, where, "since"))


def _measures(data: dict[str, Any], where: str) -> dict[str, Measure]:
    listed = data.get("measures")
    if not isinstance(listed, dict) or not listed:
        hint = 'write {"smoke.percent": [0.4, 12]}'
        raise ScenarioError(f"{where}.measures", "is missing or no object", hint)
    found = {}
    for metric, pair in listed.items():
        if not (
            isinstance(pair, list) and [type(each) in (int, float) for each in pair] == [True] * 2
        ):
            problem = "is not two numbers"
            raise ScenarioError(f"{where}.measures.{metric}", problem, "write [usual, set off]")
        found[metric] = Measure(*map(float, pair))
    return found


def _instant(data: dict[str, Any], where: str, key: str) -> datetime:
    text = text_of(data, key, f"{where}.{key}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "write it as 2026-01-01T00:00:00+00:00"
        raise ScenarioError(f"{where}.{key}", "is not a time", hint) from error
    if at.tzinfo is None:
        raise ScenarioError(f"{where}.{key}", "has no offset from UTC", "add one, such as +00:00")
    return at


def _key(data: dict[str, Any], where: str) -> bytes:
    try:
        return bytes.fromhex(data.get("command_key") or "")
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{where}.command_key", "is not hexadecimal", "use 0-9, a-f") from error


def _vehicles(data: Any) -> dict[str, tuple[Vehicle, ...]]:
    if not isinstance(data, dict):
        raise ScenarioError("vehicles", "is not an object", f"give lists: {', '.join(GROUPS)}")
    return {
        group: tuple(
            _vehicle(item, f"vehicles.{group}[{index}]")
            for index, item in enumerate(list_of(data, group))
        )
        for group in GROUPS
    }


def _vehicle(data: Any, where: str) -> Vehicle:
    entry = {"plate": data} if isinstance(data, str) else data
    if not isinstance(entry, dict):
        raise ScenarioError(where, "is neither a plate nor an object", 'write "粤B12345"')
    for key, known in (("design", DESIGNS), ("body", BODIES), ("paint", PAINTS)):
        if entry.get(key) is not None and entry[key] not in known:
            raise ScenarioError(f"{where}.{key}", "is not known", f"one of {', '.join(known)}")
    text = text_of(entry, "plate", f"{where}.plate")
    return Vehicle(plate(text, entry.get("design")), entry.get("body"), entry.get("paint"))


def _parked(data: Any, index: int) -> tuple[Vehicle, str | None]:
    bay = data.get("bay") if isinstance(data, dict) else None
    return _vehicle(data, f"inside[{index}]"), bay
