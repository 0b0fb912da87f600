"""`manage.py export_plate_labels`: write a site's labelled photos into a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access.label_exports import write_folder
from core.errors import Rejection
from core.models import Site

#: Who wrote the folder, in the audit log: a shell knows no user of the site.
ACTOR = "manage.py export_plate_labels"


class Command(BaseCommand):
    """Write the photos whose plate is known, with their labels, for benchmarks/plates.py."""

    help = "export_plate_labels SITE FOLDER --reason TEXT [--days 30]"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the site, the folder, the reason, and the number of days."""
        parser.add_argument("site", help="the site's slug, as in /s/<slug>/")
        parser.add_argument("folder", type=Path, help="where the photos are written")
        parser.add_argument(
            "--reason", required=True, help="why the photos leave the product, for the audit log"
        )
        parser.add_argument(
            "--days", type=int, default=30, help="of so many days, today among them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the photos, and print how many there are.

        Raises:
            CommandError: there is no such site, or no reason is given.
        """
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"no site {options['site']}; see its address, /s/<slug>/")
        folder, days, reason = options["folder"], options["days"], options["reason"]
        try:
            written = write_folder(site, ACTOR, folder, days, reason)
        except Rejection as rejection:
            raise CommandError(f"--reason: {rejection}") from None
        self.stdout.write(f"{written} photos in {folder}")
