"""`manage.py use_hypertables`: convert telemetry's tables of plain PostgreSQL to TimescaleDB."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from devices.telemetry import conversion
from devices.telemetry.conversion import ConversionError


class Command(BaseCommand):
    """Copy telemetry into hypertables, compare it, and exchange the tables."""

    help = (
        "Convert telemetry's tables to TimescaleDB. Run it with --copy-only while everything runs, "
        "then once without at a quiet time. It can be stopped and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --copy-only and --drop-replaced."""
        parser.add_argument("--copy-only", action="store_true", help="do not exchange the tables")
        parser.add_argument(
            "--drop-replaced",
            action="store_true",
            help="drop the tables that an earlier run has replaced, and do nothing else",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Convert what is not converted yet; a run after that changes nothing."""
        if options["drop_replaced"]:
            names = conversion.drop_replaced()
            self.stdout.write(f"Dropped {', '.join(names) or 'nothing'}.")
            return
        try:
            conversion.check()
            if conversion.is_done():
                self.stdout.write("Telemetry's tables are hypertables already.")
                return
            copied = conversion.copy_days(self.stdout.write)
            self.stdout.write(f"Copied {copied} days.")
            if options["copy_only"]:
                return
            conversion.swap(self.stdout.write)
        except (ConversionError, Error) as error:
            raise CommandError(str(error).strip()) from None
        self.stdout.write(
            "Telemetry is stored in hypertables now. Look at some curves, then free the space of "
            "the previous tables: manage.py use_hypertables --drop-replaced"
        )
