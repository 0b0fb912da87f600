"""`manage.py make_history`: generate a year of history for tests and benchmarks."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.places import Home, write_private
from config.history import Sizes, make_history
from core import clock
from estate import history as estate
from estate.demo import SLUGS

_SIZES = {
    "sites": "sites",
    "units": "units of all sites together",
    "people": "people of all sites together",
    "passages": "passages of all sites together",
    "days": "days until now that they are spread over",
    "seed": "the same seed makes the same rows",
}


class Command(BaseCommand):
    """Make sites with people, cars, stays, payments and incidents of a year."""

    help = (
        "Generate sites with a year of people, cars, stays and payments, to test and to measure "
        "with; as the retention jobs would have left them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the sizes, and the consent to run beside real sites."""
        default = Sizes()
        for name, text in _SIZES.items():
            value = getattr(default, name)
            parser.add_argument(
                f"--{name}", type=int, default=value, help=f"{text} (default: %(default)s)"
            )
        parser.add_argument("--processes", type=int, default=2, help="so many work at once")
        parser.add_argument("--until", type=datetime.fromisoformat, help="instead of now")
        parser.add_argument(
            "--beside-real-sites",
            action="store_true",
            help="run in a database that has other sites; what is generated cannot be deleted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything, with the progress on standard output."""
        sizes = Sizes(**{name: options[name] for name in _SIZES})
        until = options["until"] or clock.now()
        _check(sizes, options)
        progress = _Progress(self, sizes.passages)
        passwords = make_history(sizes, until, options["processes"], progress.add)
        place = Home.at(settings.HOME).root / "history-logins.txt"
        write_private(place, "".join(f"{name} {word}\n" for name, word in passwords.items()))
        self.stdout.write(f"{progress.made:,} passages made; the logins are in {place}.")


class _Progress:
    """Prints a line for each further hundredth of the passages."""

    def __init__(self, command: BaseCommand, total: int) -> None:
        self._command, self._total, self.made = command, total, 0
        self._shown = 0

    def add(self, made: int) -> None:
        self.made += made
        percent = 100 * self.made // self._total
        if percent > self._shown:
            self._shown = percent
            self._command.stdout.write(f"{percent} %  {self.made:,} passages")
            self._command.stdout.flush()


def _check(sizes: Sizes, options: dict[str, Any]) -> None:
    if options["until"] and options["until"].tzinfo is None:
        raise CommandError("--until needs an offset from UTC, such as 2026-11-30T12:00+08:00.")
    if min(getattr(sizes, name) for name in _SIZES) < 1 or options["processes"] < 1:
        raise CommandError("Every size is at least 1.")
    others = [slug for slug in estate.other_sites() if slug not in SLUGS]
    if others and not options["beside_real_sites"]:
        raise CommandError(
            f"This database has the site {others[0]}. Generated history cannot be deleted again; "
            "use a database of its own, or --beside-real-sites."
        )
    if estate.has_history():
        raise CommandError(
            "This database has generated history already, all of it or that of an interrupted run; "
            "use a new database."
        )
