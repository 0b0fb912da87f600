"""`manage.py sync_schedules`: make the queue's schedules those that the apps declare."""

from typing import Any

from django.core.management.base import BaseCommand

from core.jobs import sync_schedules


class Command(BaseCommand):
    """Bring the queue's schedules up to date; the appliance does so at each start."""

    help = "Make the queue's schedules those that the apps declare in their jobs.py."

    def handle(self, *args: Any, **options: Any) -> None:
        """Synchronise, and say how many there are."""
        self.stdout.write(f"{sync_schedules()} jobs return on a clock.")
