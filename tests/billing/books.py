"""The balances of a site's ledger, for assertions."""

from datetime import timedelta

from django.db import connection

from billing.models import LedgerEntry
from billing.selectors import balances
from core.models import Site
from parking.models import Stay


def standing(site: Site) -> dict[str, int]:
    """Return the balance of each account in minor units; a debit above zero."""
    return {balance.account: balance.money.minor for balance in balances(site)}


def entries(site: Site) -> int:
    """Count the entries of the site's ledger."""
    return LedgerEntry.objects.filter(site=site).count()


def park_on(stay: Stay, hours: int) -> None:
    """Move the entry so many hours back."""
    stay.entered_at -= timedelta(hours=hours)
    stay.save(update_fields=["entered_at"])


def check_constraints() -> None:
    """Run the deferred checks now, as the commit does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
