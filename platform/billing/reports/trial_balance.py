"""The trial balance: the balance of each account at the end of a day; debits equal credits."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from billing.balances import Balance, balances
from billing.labels import account_title
from billing.models import Account
from billing.reports.tables import CURRENCY, Column, Row, Table, divided, with_totals
from core.models import Site
from core.money import Money

COLUMNS = (
    Column(_("Account")),
    Column(_("Type")),
    Column(CURRENCY),
    *divided(_("Debit"), _("Credit")),
)
_ORDER: list[str] = [Account.Type.ASSET, Account.Type.LIABILITY, Account.Type.EQUITY]


def trial_balance(site: Site, on: date) -> Table:
    """Return the balances of the site's accounts at the end of a day of the site."""
    rows = Account.objects.filter(site=site).values_list("code", "currency", "type")
    types = {(code, currency): kind for code, currency, kind in rows}

    def place(balance: Balance) -> tuple[int, str]:
        kind = types[balance.account, balance.money.currency]
        return _ORDER.index(kind) if kind in _ORDER else len(_ORDER), kind

    found = sorted(balances(site, until=on), key=place)
    return with_totals(
        COLUMNS, [_row(each, types[each.account, each.money.currency]) for each in found]
    )


def _row(balance: Balance, kind: str) -> Row:
    money, none = balance.money, Money(0, balance.money.currency)
    return (
        account_title(balance.account),
        Account.Type(kind).label,
        money.currency,
        money if money.minor > 0 else none,
        -money if money.minor < 0 else none,
    )
