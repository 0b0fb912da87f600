"""The double-entry ledger of a site: what was taken, what it was for, and what is owed back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from billing.models import Account, LedgerEntry, LedgerLine
from core import clock
from core.errors import Rejection
from core.models import Site
from core.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry: a debit is above zero, a credit below."""

    account: str
    money: Money


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account; a debit is above zero."""

    account: str
    money: Money


@transaction.atomic
def book(
    site: Site, reference: str, memo: str, lines: Iterable[Line], at: datetime | None = None
) -> LedgerEntry:
    """Write an entry to the site's ledger, once for its reference.

    Lines of one account and currency are joined, and a line of nothing is left out. The same entry
    a second time changes nothing and returns the first.

    Args:
        site: whose ledger.
        reference: what is booked, such as ``payment:…``.
        memo: the entry's words for a person.
        lines: the sides, adding up to nothing in each currency.
        at: when it happened; now, if not said.

    Raises:
        Rejection: the lines don't balance, there are none, or the reference was booked otherwise.
    """
    sums = _joined(lines)
    _check(sums)
    entry, new = LedgerEntry.objects.get_or_create(
        reference=reference, defaults={"site": site, "memo": memo[:200], "at": at or clock.now()}
    )
    if new:
        accounts = _accounts(site, sums)
        LedgerLine.objects.bulk_create(
            LedgerLine(entry=entry, account=accounts[side], amount=amount)
            for side, amount in sums.items()
        )
    elif entry.site_id != site.pk or _booked(entry) != sums:
        raise Rejection(
            "reference",
            "already_booked",
            f"{reference} is booked already, with other lines",
            "book a reversal",
        )
    return entry


def balances(site: Site) -> list[Balance]:
    """Return what stands on each account of the site, by account and currency."""
    rows = (
        LedgerLine.objects.filter(account__site=site)
        .values("account__code", "account__currency")
        .annotate(sum=Sum("amount"))
        .order_by("account__code", "account__currency")
    )
    return [
        Balance(row["account__code"], Money(int(row["sum"]), row["account__currency"]))
        for row in rows
    ]


_Side = tuple[str, str]  # an account's code and its currency


def _joined(lines: Iterable[Line]) -> dict[_Side, int]:
    sums: Counter[_Side] = Counter()
    for line in lines:
        sums[line.account, line.money.currency] += line.money.minor
    return {side: amount for side, amount in sums.items() if amount}


def _check(sums: dict[_Side, int]) -> None:
    if not sums:
        raise Rejection(
            "lines", "missing", "nothing is booked", "name what was moved between which accounts"
        )
    unknown = {code for code, _ in sums} - set(Account.Code.values)
    if unknown:
        raise Rejection(
            "lines",
            "account_unknown",
            f"{min(unknown)} is no account",
            f"use one of {', '.join(Account.Code.values)}",
        )
    over: Counter[str] = Counter()
    for (_, currency), amount in sums.items():
        over[currency] += amount
    for currency, rest in over.items():
        if rest:
            raise Rejection(
                "lines",
                "unbalanced",
                f"they don't balance: {rest} {currency} too much",
                "add the other side",
            )


def _accounts(site: Site, sides: Iterable[_Side]) -> dict[_Side, Account]:
    sides = list(sides)
    Account.objects.bulk_create(
        [Account(site=site, code=code, currency=currency) for code, currency in sides],
        ignore_conflicts=True,
    )
    known = {(one.code, one.currency): one for one in Account.objects.filter(site=site)}
    return {side: known[side] for side in sides}


def _booked(entry: LedgerEntry) -> dict[_Side, int]:
    lines = entry.lines.values_list("account__code", "account__currency", "amount")
    return {(code, currency): amount for code, currency, amount in lines}
