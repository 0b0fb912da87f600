"""`manage.py prepare`: bring database and static files up to date before the processes start."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.appliance.admin import create_admin, update_first_password
from config.appliance.broker import create_broker_files, write_certificate
from config.appliance.dynsec_file import write_accounts
from config.appliance.pages import collect_static
from config.appliance.places import Home
from config.appliance.runtime import Choices, Plan
from core.models import Site
from devices import accounts
from devices.ports import BrokerError
from estate import demo


class Command(BaseCommand):
    """Migrate, collect static files, load the demo sites if that is set."""

    help = "Migrate, collect static files, load the demo sites once, make the first administrator."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare what is missing; a second run changes nothing."""
        home = Home.at(settings.HOME)
        call_command("migrate", interactive=False, verbosity=0)
        if collect_static(home):
            self.stdout.write("Collected the static files.")
        if settings.LOAD_DEMO and _wants_demo():
            call_command("load_demo")
            self.stdout.write("Loaded the demo sites.")
        if create_admin(home):
            self.stdout.write("Created the first administrator.")
        update_first_password(home)
        call_command("sync_schedules")
        self._update_broker_accounts(home)

    def _update_broker_accounts(self, home: Home) -> None:
        """Update the broker's accounts over MQTT, or in its file if it doesn't run."""
        password = os.environ.get("GATEHOUSE_BROKER_PASSWORD")
        if password:
            create_broker_files(home, password, settings.BROKER_ACCOUNTS)
            plan = Plan.of(home, Choices.now(home))
            if plan.broker_certificate.certificate:
                write_certificate(home, plan.broker_certificate, plan.names)
        try:
            accounts.sync()
        except BrokerError as error:
            if not password:
                self.stderr.write(f"The broker's accounts will be updated later: {error}")
                return
            with accounts.writer_lock():
                write_accounts(home, accounts.all_accounts())


def _wants_demo() -> bool:
    """Whether nothing exists yet, or only some of the demo sites, from an earlier version."""
    if not Site.objects.exists():
        return True
    return Site.objects.filter(slug=demo.COMMUNITY).exists() and not demo.exists()
