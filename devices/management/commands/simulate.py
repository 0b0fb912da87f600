"""`manage.py simulate`: simulate sites over MQTT."""

from argparse import ArgumentParser
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devices.simulator import control
from devices.simulator.faults import FaultRates
from devices.simulator.play import Play
from devices.simulator.scenario import Scenario, ScenarioError, load, resume, scenario_files
from devices.simulator.world import World


class Command(BaseCommand):
    """Simulate sites over MQTT, using the devices' public protocols only."""

    help = "Play sites over MQTT: cars with photos, bays, barriers, faults; until Ctrl-C."
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
            "--file", type=Path, action="append",
            help="broker, devices and vehicles of a site; may be given several times; its form: "
            "devices/simulator/scenario.py (default: those of the demo sites)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate until stopped."""
        if options["speed"] <= 0:
            raise CommandError("--speed: must be more than 0; write 10 for ten times faster")
        if not 0 <= options["faults"] <= 1:
            raise CommandError("--faults: is a share; write a number from 0 to 1")
        files = options["file"] or scenario_files(Path(settings.HOME))
        _play_together([self._play(file, options) for file in files], options["minutes"])

    def _play(self, file: Path, options: dict[str, Any]) -> Play:
        saved = file.with_suffix(".inside.json")
        scenario = self._scenario(file, saved, options["site"])
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
        return Play(world, self._print, saved, control.file_beside(file))

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


def _play_together(plays: list[Play], minutes: float | None) -> None:
    """Run plays until the first one ends: it has the signals. An error in one ends all."""

    def stop_all(ended: Future[None]) -> None:
        if ended.exception() is not None:
            for play in plays:
                play.stop()

    first, *others = plays
    with ThreadPoolExecutor(max_workers=max(len(others), 1)) as pool:
        running = [pool.submit(play.run, minutes) for play in others]
        for each in running:
            each.add_done_callback(stop_all)
        try:
            first.run(minutes)
        finally:
            for play in others:
                play.stop()
    for each in running:
        each.result()
