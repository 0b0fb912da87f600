"""`manage.py doctor`: say in lines what runs, what is missing and how to hint it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.places import Home
from config.appliance.runtime import SettingError
from config.checks import examine


class Command(BaseCommand):
    """Look at every part of the installation, and change nothing."""

    help = "Say what runs, what is missing, and how to mend it. Changes nothing."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each part; the exit status is 1 where one needs mending."""
        sick = 0
        try:
            for result in examine(Home.at(settings.HOME)):
                self.stdout.write(str(result))
                sick += not result.well
        except SettingError as error:
            raise CommandError(str(error)) from None
        if sick:
            raise CommandError(f"{sick} of these need mending.")
