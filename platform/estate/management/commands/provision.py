"""`manage.py provision`: register many devices of a site from a CSV list."""

import csv
import os
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import Rejection
from core.models import Site
from estate import provisioning
from estate.device_list import decode
from estate.provisioning import Outcome, Provisioned


class Command(BaseCommand):
    """Check a list of devices or, with `--passwords`, register them."""

    help = "provision SITE LIST.csv [--passwords OUT.csv]; without --passwords it is only checked"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the site, the list, and the file for the passwords."""
        parser.add_argument("site", help="the site's slug, as in /s/<slug>/")
        parser.add_argument("list", type=Path, help="a CSV file, as docs/provisioning.md has it")
        parser.add_argument(
            "--passwords",
            type=Path,
            help="register the devices, and write their passwords to this new file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check or register the list, and print the result.

        Raises:
            CommandError: there is no such site, or the list is rejected; no device was registered.
        """
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            slugs = ", ".join(Site.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no site {options['site']}; there are: {slugs or 'none'}.")
        try:
            text = decode(options["list"].read_bytes())
            if options["passwords"]:
                self._register(site, text, options["passwords"])
            else:
                self._try(site, text)
        except OSError as error:
            raise CommandError(str(error)) from None
        except Rejection as rejection:
            raise CommandError(str(rejection)) from None

    def _try(self, site: Site, text: str) -> None:
        lines = provisioning.try_list(site, text)
        for line in lines:
            self.stdout.write(f"{line.number}: {line.code} {line.rejection or line.outcome}")
        refused = sum(line.outcome == Outcome.REFUSED for line in lines)
        if refused:
            raise CommandError(f"{refused} of {len(lines)} lines are refused.")

    def _register(self, site: Site, text: str, passwords: Path) -> None:
        # Created first: if it could not be created afterwards, the passwords would be lost.
        handle = os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            try:
                made = provisioning.provision(site, text, "manage.py provision")
            except BaseException:
                passwords.unlink()
                raise
            _write(file, made)
        self.stdout.write(f"{len(made)} devices registered; their passwords are in {passwords}.")


def _write(file: Any, made: Sequence[Provisioned]) -> None:
    writer = csv.writer(file)
    writer.writerow(("code", "username", "password", "command_key"))
    for each in made:
        writer.writerow((each.device.code, each.username, each.password, each.command_key))
