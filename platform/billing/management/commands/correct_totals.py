"""`manage.py correct_totals`: correct the ledger's daily totals by its lines."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.balances import correct_daily_totals
from billing.models import Account


class Command(BaseCommand):
    """Make the daily totals the sums of the ledger's lines, and print what differed."""

    help = "Correct the ledger's daily totals by its lines; prints each day that differed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per account and day that was corrected, and how many there were."""
        found = correct_daily_totals()
        accounts = Account.objects.select_related("site").in_bulk({each.account for each in found})
        for each in found:
            account = accounts[each.account]
            self.stdout.write(
                f"{account.site.slug} {account.code} {account.currency} {each.posted_on}:"
                f" total {each.total}, lines {each.lines}"
            )
        self.stdout.write(f"{len(found)} daily totals corrected.")
