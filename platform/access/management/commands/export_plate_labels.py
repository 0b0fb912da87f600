"""`manage.py export_plate_labels`: write a site's labelled photos into a folder."""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access.label_exports import write_day
from core import clock
from core.models import Site


class Command(BaseCommand):
    """Write the photos whose plate is known, with their labels, for benchmarks/plates.py."""

    help = "export_plate_labels SITE FOLDER [--days 30]"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the site, the folder, and the number of days."""
        parser.add_argument("site", help="the site's slug, as in /s/<slug>/")
        parser.add_argument("folder", type=Path, help="where the photos are written")
        parser.add_argument("--days", type=int, default=30, help="today and so many days before")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the photos, and print how many there are.

        Raises:
            CommandError: there is no such site.
        """
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"no site {options['site']}; see its address, /s/<slug>/")
        today = clock.local(clock.now(), site.timezone).date()
        days = [today - timedelta(days=each) for each in range(options["days"])]
        written = sum(write_day(site, day, options["folder"]) for day in days)
        self.stdout.write(f"{written} photos in {options['folder']}")
