"""`manage.py load_demo`: load the demo sites, each once."""

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
    """Load the demo sites with their staff, residents, companies, lanes, devices and tariffs."""

    help = "Load the demo sites that don't exist; an existing one is not changed."

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
        with transaction.atomic(), override(options["language"]):
            sites = demo.create_sites(demo_site.ACTOR)
            demo_site.load(sites)
        if not sites:
            self.stdout.write("The demo sites exist already.")
            return
        for site in sites:
            self.stdout.write(f"Loaded {site.name}: /s/{site.slug}/")
        place = Home.at(settings.HOME).root / "demo-logins.txt"
        self.stdout.write(f"The usernames and passwords of their staff are in {place}.")
