"""The cash book: what was received and paid out on an account that holds money."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import F, QuerySet, Sum, Window
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.labels import entry_note, entry_title
from billing.models import Account, DailyTotal, Drawer, LedgerLine
from billing.reports.tables import Column, Row, Table
from core.models import Site
from core.money import Money

COLUMNS = (
    Column(gettext_lazy("Date"), "date"),
    Column(gettext_lazy("What happened")),
    Column(gettext_lazy("Drawer")),
    Column(gettext_lazy("Note")),
    Column(pgettext_lazy("money", "Received"), "money", dashes_zero=True),
    Column(gettext_lazy("Paid out"), "money", dashes_zero=True),
    Column(gettext_lazy("Balance"), "money"),
)
_HELD = (
    Account.Code.CASH,
    Account.Code.SAFE,
    Account.Code.BANK,
    Account.Code.POS_CLEARING,
    Account.Code.CHEQUES,
    Account.Code.STRIPE,
)


def cash_accounts(site: Site) -> QuerySet[Account]:
    """Return the site's accounts that hold money."""
    return Account.objects.filter(site=site, code__in=_HELD).order_by("code", "currency")


def cash_book(account: Account, since: date, until: date) -> Table:
    """Return the movements of an account between two days, with the balance after each.

    The rows come from a cursor: they may be many, and are read only once.
    """
    received, paid = _sums(account, since, until)
    opening = balance_of(account, before=since)
    closing = opening + received - paid
    currency = account.currency
    total = (
        *(_("Total"), None, None, None),
        *(Money(received, currency), Money(paid, currency), Money(closing, currency)),
    )
    return Table(COLUMNS, _rows(account, since, until, opening), [total])


def balance_of(account: Account, before: date) -> int:
    """Return the balance of an account at the beginning of a day, in minor units."""
    totals = DailyTotal.objects.filter(account=account, posted_on__lt=before)
    return int(totals.aggregate(sum=Sum("amount"))["sum"] or 0)


def _drawers_of(site: Site) -> dict[str, str]:
    """Return what the site's cash drawers are called, by their public id."""
    rows = Drawer.objects.filter(site=site).select_related("held_by")
    return {each.public_id: _("Drawer of %(name)s") % {"name": each.held_by} for each in rows}


def _lines(account: Account, since: date, until: date) -> QuerySet[LedgerLine]:
    return LedgerLine.objects.filter(account=account, posted_on__range=(since, until))


def _sums(account: Account, since: date, until: date) -> tuple[int, int]:
    lines = _lines(account, since, until)
    received = lines.filter(amount__gt=0).aggregate(sum=Sum("amount"))["sum"]
    paid = lines.filter(amount__lt=0).aggregate(sum=Sum("amount"))["sum"]
    return int(received or 0), -int(paid or 0)


def _rows(account: Account, since: date, until: date, opening: int) -> Iterator[Row]:
    drawers, currency = _drawers_of(account.site), account.currency
    none = Money(0, currency)
    order = [F("posted_on").asc(), F("entry").asc(), F("pk").asc()]
    running = Window(Sum("amount"), order_by=order)
    lines: Any = _lines(account, since, until).annotate(running=running).order_by(*order)
    yield (since, _("Opening balance"), "", "", none, none, Money(opening, currency))
    for line in lines.select_related("entry").iterator(chunk_size=2000):
        money = Money(line.amount, currency)
        drawer = drawers.get(line.party_id or "", "") if line.party_type == "drawer" else ""
        yield (
            line.posted_on,
            entry_title(line.entry),
            drawer,
            entry_note(line.entry),
            money if line.amount > 0 else none,
            -money if line.amount < 0 else none,
            Money(opening + int(line.running), currency),
        )
