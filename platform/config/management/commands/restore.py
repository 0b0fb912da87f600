"""`manage.py restore DIR`: load a backup into an empty, stopped installation."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.places import Home
from config.appliance.runtime import Choices, Plan, SettingError
from config.backup.errors import BackupError
from config.backup.keys import read_passphrase
from config.backup.restore import restore


class Command(BaseCommand):
    """Restore a backup that `manage.py backup` made."""

    help = "Restore a backup; Gatehouse must be stopped. Start it afterwards with `make up`."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder, the passphrase's file, --force and --yes."""
        parser.add_argument("folder", help="a folder that `manage.py backup` made")
        parser.add_argument("--passphrase-file", help="file with the passphrase of the keys")
        parser.add_argument(
            "--force", action="store_true", help="replace what the installation holds"
        )
        parser.add_argument("--yes", action="store_true", help="with --force: do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, or fail with one line that names the reason."""
        home, folder = Home.at(settings.HOME), Path(options["folder"]).expanduser().resolve()

        def confirm(losses: list[str]) -> bool:
            return self._confirm(losses, force=options["force"], yes=options["yes"])

        try:
            passphrase = read_passphrase(options["passphrase_file"])
            plan = Plan.of(home, Choices.now(home))
            done = restore(
                folder, plan, passphrase=passphrase, confirm=confirm, report=self.stdout.write
            )
        except (BackupError, SettingError) as error:
            raise CommandError(str(error)) from None
        for warning in done.warnings:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(
            f"Restored {done.rows} rows and {done.files} files. Start Gatehouse now: it migrates "
            "the database where the backup is of an older version."
        )

    def _confirm(self, losses: list[str], *, force: bool, yes: bool) -> bool:
        lines = "".join(f"\n  - {loss}" for loss in losses)
        if not force:
            raise BackupError(
                f"This installation is not empty. A restore would delete:{lines}\n"
                "Use an empty one, or --force to delete that."
            )
        if yes:
            return True
        if not sys.stdin.isatty():
            raise BackupError("There is no terminal to ask on: use --force --yes.")
        self.stdout.write(f"This will delete:{lines}")
        return input("Type 'delete' to go on: ").strip() == "delete"
