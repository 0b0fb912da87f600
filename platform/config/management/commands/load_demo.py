"""`manage.py load_demo`: load the demo site, once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import override

from config import demo_site
from config.appliance.places import Home
from estate import demo


class Command(BaseCommand):
    """Load the demo site with its staff, residents, lanes, devices and tariff."""

    help = "Load the demo site once; an existing one is not changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --language: the language of the names of places and people."""
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="the language of the names of places and people (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything in one transaction, or nothing."""
        if demo.exists():
            self.stdout.write("The demo site exists already.")
            return
        with transaction.atomic(), override(options["language"]):
            site = demo.create_site(demo_site.ACTOR)
            for step in demo_site.STEPS:
                step(site)
        place = Home.at(settings.HOME).root / "demo-logins.txt"
        self.stdout.write(f"The usernames and passwords of the demo site's staff are in {place}.")
