"""`manage.py sync_schedules`: update the stored schedules to those that the apps declare."""

from typing import Any

from django.core.management.base import BaseCommand

from core.jobs import sync_schedules


class Command(BaseCommand):
    """Update the schedules; the appliance does so at each start."""

    help = "Update the stored schedules to those that the apps declare in their jobs.py."
    requires_system_checks = ()  # they would load every page of the web into this process

    def handle(self, *args: Any, **options: Any) -> None:
        """Synchronise and print how many jobs are scheduled."""
        self.stdout.write(f"{sync_schedules()} jobs are scheduled.")
