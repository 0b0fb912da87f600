"""`manage.py camera`: publish a photo of your own, as a camera at the lane would."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devices.simulator.plates import DESIGNS
from devices.simulator.render import MAX_BYTES
from devices.simulator.scenario import (
    MOST_FRAMES,
    Address,
    Device,
    ScenarioError,
    address,
    load,
    scenario_files,
)
from devices.simulator.snapshot import SnapshotError, as_jpeg, publish
from devices.simulator.speech import Read

COLOURS = {design.colour: design.colour_type for design in DESIGNS.values()}
NOT_OPENED = 3


class Command(BaseCommand):
    """Publish one photo and print the resulting command."""

    help = (
        "Publish one photograph as a camera would and wait for the open command. "
        f"Ends with {NOT_OPENED} where none came."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the arguments."""
        parser.add_argument(
            "photo", type=Path, nargs="+", help="up to five of one car, of our own protocol"
        )
        parser.add_argument("--device", required=True, help="serial number or code of the camera")
        parser.add_argument("--plate", default="", help="what the camera read; none: _无_")
        parser.add_argument("--confidence", type=int, default=98, help="percent, 0 to 100")
        parser.add_argument("--colour", choices=sorted(COLOURS), help="of the plate")
        parser.add_argument("--wait", type=float, default=10, help="seconds for the open command")
        parser.add_argument("--full", action="store_true", help="send a JPEG of any size as it is")
        parser.add_argument(
            "--file", type=Path, action="append",
            help="broker and credentials, as for simulate (default: those of the demo sites)",
        )  # fmt: skip
        parser.add_argument("--mqtt", help="the broker, if the file does not name it")
        parser.add_argument("--username", help="a vzenith camera's, where the file has none")
        parser.add_argument("--password")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, wait for the command, and print it."""
        if not 0 <= options["confidence"] <= 100:
            raise CommandError("--confidence: is percent; write a number from 0 to 100")
        try:
            limit = None if options["full"] else MAX_BYTES
            photos = [as_jpeg(each, limit) for each in options["photo"]]
            where, device, site, arm = self._camera(options)
            _require_frames(device, len(photos))
            read = self._read(options, photos)
            answer = publish(where, device, site, read, wait=options["wait"], arm=arm)
        except (ScenarioError, SnapshotError) as error:
            raise CommandError(str(error)) from error
        size = sum(map(len, photos))
        if answer is None:
            text = f"published {size} bytes; no open command within {options['wait']:g} s"
            raise CommandError(text, returncode=NOT_OPENED)
        self.stdout.write(f"published {size} bytes; opened after {answer.seconds:.3f} s")
        self.stdout.write(answer.command)

    def _read(self, options: dict[str, Any], photos: Sequence[bytes]) -> Read:
        colour = options["colour"] or ""
        return Read(
            text=options["plate"],
            confidence=options["confidence"],
            colour=colour,
            colour_type=COLOURS.get(colour, 0),
            jpeg=photos[0],
            more=tuple(photos[1:]),
        )

    def _camera(self, options: dict[str, Any]) -> tuple[Address, Device, str, Device | None]:
        """Return broker, camera, site and the lane's barrier, from the options or the file."""
        name = options["device"]
        if options["username"] and options["mqtt"]:
            password = options["password"] or ""
            device = Device(name, "camera", "vzenith-mqtt", options["username"], password, name)
            return address(options["mqtt"]), device, "", None
        files = options["file"] or scenario_files(Path(settings.HOME))
        scenarios = [load(file) for file in files]
        scenario = next((each for each in scenarios if _is_camera(each.device(name))), None)
        found = scenario.device(name) if scenario else None
        if scenario is None or found is None:
            cameras = [each for one in scenarios for each in one.devices if _is_camera(each)]
            known = ", ".join(each.serial or each.code for each in cameras)
            raise CommandError(f"--device: {name!r} is not one of the file's cameras: {known}")
        lane = [d for d in scenario.devices if d.kind == "barrier" and d.lane == found.lane]
        where = address(options["mqtt"]) if options["mqtt"] else scenario.mqtt
        return where, found, scenario.site, lane[0] if lane else None


def _require_frames(device: Device, number: int) -> None:
    """Check that a camera may send so many photos of one car."""
    most = MOST_FRAMES if device.driver == "gatehouse" else 1
    if number > most:
        raise CommandError(f"photo: a camera with {device.driver} sends up to {most} of a car")


def _is_camera(device: Device | None) -> bool:
    return device is not None and device.kind == "camera"
