"""`manage.py verify_audit`: say whether every site's audit chain holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.models import AuditEntry, Site


class Command(BaseCommand):
    """Check each chain and print its head, to be kept somewhere else.

    A chain whose end was cut off still holds; only a head noted elsewhere tells of that.
    """

    help = "Check the audit chains; exits with an error where one was altered."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each chain's head, then each place where a chain is broken."""
        broken = 0
        for site in [None, *Site.objects.order_by("slug")]:
            name = site.slug if site else "(installation)"
            head = AuditEntry.objects.filter(site=site).order_by("-seq").first()
            self.stdout.write(f"{name}: {head.seq} {head.digest}" if head else f"{name}: empty")
            for found in audit.breaks(site):
                broken += 1
                self.stdout.write(f"  entry {found.entry.seq}: {found.problem}")
        if broken:
            raise CommandError(f"{broken} places where a chain does not hold")
