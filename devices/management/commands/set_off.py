"""`manage.py set_off`: set off a sensor of a running simulation, such as a smoke detector."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devices.simulator import control
from devices.simulator.door_setting import DOOR_KINDS
from devices.simulator.door_traffic import OFFLINE
from devices.simulator.scenario import Device, ScenarioError, load, scenario_files


class Command(BaseCommand):
    """Set off a simulated sensor, or let it measure as usual again."""

    help = "Set off a sensor of the simulation (manage.py simulate), as smoke or water would."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the arguments."""
        parser.add_argument(
            "sensor",
            help="code of a sensor, such as smoke-garage; of a terminal, to replace it by an "
            "empty one; or of one with :offline behind it, to cut its connection",
        )
        parser.add_argument("--over", action="store_true", help="it measures as usual again")
        parser.add_argument(
            "--file", type=Path, action="append",
            help="a site's devices, as for simulate (default: those of the demo sites)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the control file of the sensor's simulation."""
        code, sensors = options["sensor"], []
        for file in options["file"] or scenario_files(Path(settings.HOME)):
            found = _sensors(file)
            if code.removesuffix(OFFLINE) in (each.code for each in found):
                self._write(control.file_beside(file), code, over=options["over"])
                return
            sensors += found
        known = ", ".join(each.code for each in sensors) or "none"
        raise CommandError(f"sensor: {code!r} is not one of the files' sensors: {known}")

    def _write(self, file: Path, code: str, *, over: bool) -> None:
        codes = control.read(file)
        control.write(file, codes - {code} if over else codes | {code})
        self.stdout.write(f"{code} is {'back to normal' if over else 'set off'}")


def _sensors(file: Path) -> list[Device]:
    try:
        known = ("sensor", *DOOR_KINDS)
        return [each for each in load(file).devices if each.kind in known]
    except ScenarioError as error:
        raise CommandError(str(error)) from error
