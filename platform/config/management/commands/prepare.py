"""`manage.py prepare`: what has to be true of database and pages before the processes start."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.appliance.admin import make_admin
from config.appliance.broker import lay_out
from config.appliance.pages import collect_pages
from config.appliance.places import Home
from core.models import Site
from devices.services import write_broker_users


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
        if password := os.environ.get("GATEHOUSE_BROKER_PASSWORD"):
            lay_out(home, password)
        write_broker_users()
