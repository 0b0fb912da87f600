"""`manage.py backup DIR`: database, photos and keys into a folder, while everything runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.places import Home
from config.appliance.runtime import Choices, Plan, SettingError
from config.backup.create import create
from config.backup.errors import BackupError
from config.backup.keys import read_passphrase
from config.backup.manifest import KEYS
from config.backup.server import Server


class Command(BaseCommand):
    """Back up the installation while it runs."""

    help = "Back up the database, photos and keys into a new folder; Gatehouse may run meanwhile."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder and the passphrase's file."""
        parser.add_argument("folder", help="new or empty folder for this backup")
        parser.add_argument(
            "--passphrase-file", help="encrypt the keys with the first line of this file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the backup and name what it holds."""
        home, folder = Home.at(settings.HOME), Path(options["folder"]).expanduser().resolve()
        try:
            passphrase = read_passphrase(options["passphrase_file"])
            server = Server.of(Plan.of(home, Choices.now(home)))
            made = create(folder, home, server, passphrase=passphrase, report=self.stdout.write)
        except (BackupError, SettingError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Backed up {sum(made.rows.values())} rows into {folder}.")
        if not passphrase:
            self.stderr.write(
                f"Warning: {folder / KEYS} holds the master key as text. Anyone who reads it can "
                "sign device commands and audit entries: keep this folder private, or use "
                "--passphrase-file."
            )
