"""What the books say, in the words of a test."""

from datetime import timedelta

from billing.models import LedgerEntry, Payment
from billing.selectors import balances
from billing.services import begin_checkout
from core.models import Site
from parking.models import Stay


def standing(site: Site) -> dict[str, int]:
    """What stands on the site's accounts, in minor units; a debit above zero."""
    return {balance.account: balance.money.minor for balance in balances(site)}


def entries(site: Site) -> int:
    """How many entries the site's ledger has."""
    return LedgerEntry.objects.filter(site=site).count()


def begin(stay: Stay, **other: str) -> Payment:
    """Begin a checkout as the portal does."""
    given = {"email": "", "language": "en", "return_url": "https://park.example/pay/1/"}
    return begin_checkout(stay, **{**given, **other})


def park_on(stay: Stay, hours: int) -> None:
    """Let so many hours pass, by having the car come in so much earlier."""
    stay.entered_at -= timedelta(hours=hours)
    stay.save(update_fields=["entered_at"])
