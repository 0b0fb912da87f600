"""`manage.py simulate`: simulate a site over MQTT."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devices.simulator.faults import FaultRates
from devices.simulator.play import Play
from devices.simulator.scenario import Scenario, ScenarioError, load, resume
from devices.simulator.world import World


class Command(BaseCommand):
    """Simulate a site over MQTT, using the devices' public protocols only."""

    help = "Play a site over MQTT: cars with photos, bays, barriers, faults; until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the arguments."""
        parser.add_argument("--seed", type=int, default=7, help="the same seed plays the same")
        parser.add_argument(
            "--speed", type=float, default=10, help="how many times faster cars come and go"
        )
        parser.add_argument("--site", help="refuse a file that describes another site")
        parser.add_argument("--minutes", type=float, help="stop after so many minutes")
        parser.add_argument(
            "--faults", type=float, default=0.06, help="share of reads that go wrong, 0 to 1"
        )
        parser.add_argument(
            "--exit-patience", type=float, default=120, help="seconds a car waits at an exit"
        )
        parser.add_argument(
            "--file", type=Path, default=Path(settings.HOME) / "simulator.json",
            help="broker, devices and vehicles; its form: devices/simulator/scenario.py",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate until stopped."""
        if options["speed"] <= 0:
            raise CommandError("--speed: must be more than 0; write 10 for ten times faster")
        if not 0 <= options["faults"] <= 1:
            raise CommandError("--faults: is a share; write a number from 0 to 1")
        saved = options["file"].with_suffix(".inside.json")
        scenario = self._scenario(options["file"], saved, options["site"])
        world = World(
            scenario,
            seed=options["seed"],
            speed=options["speed"],
            start=datetime.now(UTC),
            faults=FaultRates(reads=options["faults"], sensors=options["faults"] / 15),
            patience=(45.0, options["exit_patience"]),
            report=self._print,
        )
        self._print(f"playing {scenario.site}: {len(scenario.devices)} devices")
        if scenario.portal_url:
            self._print(f"drivers pay at {scenario.portal_url}")
        Play(world, self._print, saved).run(options["minutes"])

    def _scenario(self, path: Path, saved: Path, site: str | None) -> Scenario:
        try:
            scenario = load(path)
            if saved.exists() and saved.stat().st_mtime >= path.stat().st_mtime:
                scenario = resume(scenario, saved)
        except ScenarioError as error:
            raise CommandError(str(error)) from error
        if site and scenario.site != site:
            raise CommandError(f"--site: {path} describes {scenario.site!r}, not {site!r}")
        return scenario

    def _print(self, line: str) -> None:
        self.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}")
        self.stdout.flush()
