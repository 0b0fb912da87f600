"""`manage.py doctor`: check every component of the installation."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.places import Home
from config.appliance.runtime import SettingError
from config.checks import run_checks


class Command(BaseCommand):
    """Print the result of each check; changes nothing."""

    help = "Check what runs and what is missing, with a fix for each problem. Changes nothing."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per check; the exit status is 1 if one failed."""
        failed = 0
        try:
            for result in run_checks(Home.at(settings.HOME), is_thorough=True):
                self.stdout.write(str(result))
                failed += not result.ok
        except SettingError as error:
            raise CommandError(str(error)) from None
        if failed:
            raise CommandError(f"{failed} checks failed.")
