"""`manage.py prepare`: what has to be true of database and pages before the processes start."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.appliance.admin import make_admin
from config.appliance.broker import lay_out
from config.appliance.dynsec_file import write_accounts
from config.appliance.pages import collect_pages
from config.appliance.places import Home
from core.models import Site
from devices import accounts
from devices.ports import BrokerError


class Command(BaseCommand):
    """Migrate, collect the pages' files, load the demo site into an empty house."""

    help = "Migrate, collect static files, load the demo site once, make the first administrator."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is not done yet; a second run changes nothing."""
        home = Home.at(settings.HOME)
        call_command("migrate", interactive=False, verbosity=0)
        if collect_pages(home):
            self.stdout.write("Collected the pages' files.")
        if not Site.objects.exists() and settings.LOAD_DEMO:
            call_command("load_demo")
            self.stdout.write("Loaded the demo site.")
        if make_admin(home):
            self.stdout.write("Made the first administrator.")
        call_command("sync_schedules")
        self._tell_broker(home)

    def _tell_broker(self, home: Home) -> None:
        """Give the broker its accounts: by its file while it does not run, else by telling it."""
        password = os.environ.get("GATEHOUSE_BROKER_PASSWORD")
        if password:
            lay_out(home, password, settings.BROKER_ACCOUNTS)
        try:
            accounts.sync()
        except BrokerError as error:
            if not password:
                self.stderr.write(f"The broker is told of its accounts later: {error}")
                return
            with accounts.alone():
                write_accounts(home, accounts.everyone())
