"""Income by kind and month, VAT by rate, and which share of the charges is collected."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import ports
from billing.labels import account_title
from billing.models import Account, Allocation, Charge, DailyTotal, LedgerLine
from billing.reports.tables import CURRENCY, Column, Row, Table, amounts, with_totals
from billing.vat import rate_text
from core import clock
from core.models import Site
from core.money import Money

_INCOME = (Column(_("Month")), Column(_("Account")), Column(CURRENCY), amounts(_("Income")))
_VAT = (Column(_("VAT rate")), Column(CURRENCY), amounts(_("Net")), amounts(_("VAT")))
_COLLECTED = (
    Column(_("Month")),
    Column(_("Account")),
    Column(CURRENCY),
    amounts(_("Charged")),
    amounts(_("Collected")),
    amounts(_("Not collected")),
    Column(pgettext_lazy("collected", "Share"), "share"),
)


def income(site: Site, since: date, until: date) -> Table:
    """Return the income of each account and month between two days, both included."""
    rows = (
        DailyTotal.objects.filter(
            account__site=site,
            account__type=Account.Type.INCOME,
            posted_on__range=(since, until),
        )
        .annotate(month=TruncMonth("posted_on"))
        .values_list("month", "account__code", "account__currency")
        .annotate(sum=Sum("amount"))
        .exclude(sum=0)
        .order_by("month", "account__code", "account__currency")
    )
    return with_totals(
        _INCOME,
        [
            (f"{month:%Y-%m}", account_title(code), currency, Money(-int(amount), currency))
            for month, code, currency, amount in rows
        ],
    )


def vat(site: Site, since: date, until: date) -> Table:
    """Return the VAT that was posted between two days, with the income it is on, by rate."""
    is_vat = Q(account__code=Account.Code.VAT_PAYABLE)
    is_income = Q(account__type=Account.Type.INCOME)
    accounts = Account.objects.filter(Q(code=Account.Code.VAT_PAYABLE) | Q(type="income"))
    rows = (
        LedgerLine.objects.filter(
            account__in=accounts.filter(site=site), posted_on__range=(since, until)
        )
        .values_list("charge__vat_rate", "account__currency")
        .annotate(net=Sum("amount", filter=is_income), vat=Sum("amount", filter=is_vat))
        .order_by("charge__vat_rate", "account__currency")
    )
    return with_totals(
        _VAT,
        [
            (
                "" if rate is None else rate_text(rate),
                currency,
                Money(-int(net or 0), currency),
                Money(-int(tax or 0), currency),
            )
            for rate, currency, net, tax in rows
        ],
    )


def collected(site: Site, since: date, until: date) -> Table:
    """Return what was charged between two days, and what has been collected of it until now.

    Charges count in the month in which they were opened, by the account of their income.
    """
    zone = clock.zone(site.timezone)
    opened = (
        clock.midnight(since, site.timezone),
        clock.midnight(until + timedelta(days=1), site.timezone),
    )
    charges = Charge.objects.filter(
        site=site, state__in=Charge.POSTED, opened_at__gte=opened[0], opened_at__lt=opened[1]
    )
    month = TruncMonth("opened_at", tzinfo=zone)
    charged = (
        charges.annotate(month=month)
        .values_list("month", "source_type", "currency")
        .annotate(sum=Sum("amount"))
        .order_by("month", "source_type", "currency")
    )
    paid = (
        Allocation.objects.filter(charge__in=charges)
        .annotate(month=TruncMonth("charge__opened_at", tzinfo=zone))
        .values_list("month", "charge__source_type", "charge__currency")
        .annotate(sum=Sum("amount"))
    )
    sums = {tuple(key): int(amount) for *key, amount in paid}
    return with_totals(
        _COLLECTED, [_share(key, int(amount), sums.get(tuple(key), 0)) for *key, amount in charged]
    )


def _share(key: Sequence[Any], charged: int, paid: int) -> Row:
    month, kind, currency = key
    return (
        f"{month:%Y-%m}",
        account_title(ports.income_account_of(kind)),
        currency,
        Money(charged, currency),
        Money(paid, currency),
        Money(charged - paid, currency),
        Decimal(paid) / Decimal(charged) if charged else None,
    )
