"""The double-entry ledger of a site: money held, income, and what is owed to and by payers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.functional import Promise

from billing.models import Account, Charge, LedgerEntry, LedgerLine
from core import clock
from core.copying import copy_values, new_keys
from core.errors import Rejection
from core.models import Site
from core.money import Money

Party = tuple[str, str]
# The accounts that exist, with their type; a kind of charge adds its income account.
_ACCOUNT_TYPES: dict[str, str] = {
    Account.Code.CASH: Account.Type.ASSET,
    Account.Code.SAFE: Account.Type.ASSET,
    Account.Code.BANK: Account.Type.ASSET,
    Account.Code.POS_CLEARING: Account.Type.ASSET,
    Account.Code.CHEQUES: Account.Type.ASSET,
    Account.Code.STRIPE: Account.Type.ASSET,
    Account.Code.RECEIVABLE: Account.Type.ASSET,
    Account.Code.CREDIT: Account.Type.LIABILITY,
    Account.Code.REFUNDS_DUE: Account.Type.LIABILITY,
    Account.Code.SUSPENSE: Account.Type.LIABILITY,
    Account.Code.DEPOSITS: Account.Type.LIABILITY,
    Account.Code.DEPOSITS_KEPT: Account.Type.INCOME,
    Account.Code.VAT_PAYABLE: Account.Type.LIABILITY,
    Account.Code.WRITE_OFF: Account.Type.EXPENSE,
    Account.Code.CASH_DIFFERENCE: Account.Type.EXPENSE,
    Account.Code.OPENING_BALANCE: Account.Type.EQUITY,
    Account.Code.PROVIDER_FEES: Account.Type.EXPENSE,
}
_TITLES: dict[str, str | Promise] = {code.value: code.label for code in Account.Code}
# Accounts that charges are posted to instead of income, which are kept by party.
_PARTY_ACCOUNTS = frozenset({Account.Code.DEPOSITS})
_NO_PARTY = (None, None)


_INSERT = """
WITH side AS (
    SELECT * FROM unnest(%(codes)s::text[], %(types)s::text[], %(currencies)s::text[],
        %(amounts)s::bigint[], %(party_types)s::text[], %(party_ids)s::text[],
        %(charges)s::bigint[])
        AS side(code, type, currency, amount, party_type, party_id, charge_id)
), existing AS (
    SELECT id, code, currency FROM billing_account WHERE site_id = %(site)s
), created AS (
    INSERT INTO billing_account (site_id, code, type, currency)
    SELECT DISTINCT %(site)s, code, type, currency FROM side
    WHERE NOT EXISTS (SELECT FROM existing e WHERE e.code = side.code
                      AND e.currency = side.currency)
    ON CONFLICT DO NOTHING RETURNING id, code, currency
), account AS (
    SELECT * FROM existing UNION ALL SELECT * FROM created
), complete AS (
    SELECT count(*) = count(account.id) AS complete
    FROM side LEFT JOIN account USING (code, currency)
), entry AS (
    INSERT INTO billing_ledgerentry (site_id, reference, at, memo, concerns_month)
    SELECT %(site)s, %(reference)s, %(at)s, %(memo)s, %(concerns)s FROM complete WHERE complete
    ON CONFLICT (reference) DO NOTHING RETURNING id, posted_on, concerns_month
), line AS (
    INSERT INTO billing_ledgerline (entry_id, account_id, amount, posted_on, party_type, party_id,
        charge_id)
    SELECT entry.id, account.id, amount, posted_on, party_type, party_id, charge_id
    FROM entry CROSS JOIN side JOIN account USING (code, currency)
)
SELECT complete, entry.* FROM complete LEFT JOIN entry ON true
"""
# One row for each instant and day that were given, in their order.
_DATES = "SELECT * FROM ledger_dates(%s, %s::timestamptz[], %s::date[])"


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry: a debit is above zero, a credit below.

    Attributes:
        account: the account's code.
        party: whose balance it is, as (type, id); None where it belongs to no party.
        charge: the charge that it is for; None where it is for none.
    """

    account: str
    money: Money
    party: Party | None = None
    charge: Charge | None = None


class _Side(NamedTuple):
    """What two lines of an entry may differ in; equal ones are merged."""

    account: str
    currency: str
    party: Party | None
    charge_id: int | None


def register_income_account(code: str, title: str | Promise = "") -> None:
    """Add an income account to those that entries may use; one of billing's own stays as it is.

    Args:
        title: what pages call it; its code by default.
    """
    _ACCOUNT_TYPES.setdefault(code, Account.Type.INCOME)
    if title:
        _TITLES.setdefault(code, title)


def is_income(code: str) -> bool:
    """Whether an account is one of income."""
    return _ACCOUNT_TYPES.get(code) == Account.Type.INCOME


def title_of(code: str) -> str:
    """Return what pages call an account; its code where it has no title."""
    return str(_TITLES.get(code, code))


def has_parties(code: str) -> bool:
    """Return whether the account that charges are posted to is kept by party, as deposits are."""
    return code in _PARTY_ACCOUNTS


def account_codes() -> list[str]:
    """Return the codes of all accounts that entries may use."""
    return list(_ACCOUNT_TYPES)


def book(
    site: Site,
    reference: str,
    memo: str,
    lines: Iterable[Line],
    at: datetime | None = None,
    concerns: date | None = None,
) -> LedgerEntry:
    """Post an entry to the site's ledger, once per reference.

    Lines of one account, currency, party and charge are summed, and a sum of zero is left out.
    Posting the same entry a second time returns the first and changes nothing. The entry is dated
    by its time at the site; if that month is closed, it is dated today and names the month.

    Args:
        site: whose ledger.
        reference: what is posted, such as ``payment:…``.
        memo: a description for a person who reads the entry.
        lines: the sides, summing to zero in each currency.
        at: when it happened; now by default.
        concerns: a day of the month that a correction belongs to, which is named if it is closed.

    Raises:
        Rejection: the lines do not balance, there are none, or the reference was posted before
            with other lines.
    """
    sums = _summed(lines)
    _check(sums)
    entry = LedgerEntry(
        site=site,
        reference=reference,
        memo=memo[:200],
        at=at or clock.now(),
        concerns_month=concerns,
    )
    with transaction.atomic(savepoint=False):
        while not _insert(entry, sums):
            pass  # another transaction has created one of the accounts meanwhile
    return entry if entry.pk is not None else _booked_before(entry, sums)


class NewEntry(NamedTuple):
    """An entry to post together with many others."""

    reference: str
    memo: str
    lines: Sequence[Line]
    at: datetime
    concerns: date | None = None


@transaction.atomic(savepoint=False)
def book_new(site: Site, entries: Sequence[NewEntry]) -> None:
    """Post entries whose references are new, with a few statements for all of them.

    Raises:
        Rejection: the lines of an entry do not balance, or there are none.
        IntegrityError: a reference was posted before.
    """
    sums = [_summed(each.lines) for each in entries]
    for each in sums:
        _check(each)
    accounts = _accounts(site, [side for each in sums for side in each])
    dates = _dates(site, entries)
    keys = new_keys(LedgerEntry, len(entries))
    copy_values(
        LedgerEntry,
        ("id", "site_id", "reference", "memo", "at", "posted_on", "concerns_month"),
        (
            (key, site.pk, each.reference, each.memo[:200], each.at, *dates[_dated_by(each)])
            for key, each in zip(keys, entries, strict=True)
        ),
    )
    copy_values(
        LedgerLine,
        ("entry_id", "account_id", "amount", "posted_on", "party_type", "party_id", "charge_id"),
        (
            (
                *(key, accounts[side.account, side.currency], amount, dates[_dated_by(each)][0]),
                *(side.party or _NO_PARTY),
                side.charge_id,
            )
            for key, each, sides in zip(keys, entries, sums, strict=True)
            for side, amount in sides.items()
        ),
    )


def balances_of_charges(charges: Iterable[int]) -> Counter[str]:
    """Return the balance of each account for these charges together, by account code."""
    rows = (
        LedgerLine.objects.filter(charge__in=list(charges))
        .values_list("account__code")
        .annotate(sum=Sum("amount"))
    )
    return Counter({code: int(amount) for code, amount in rows})


def _summed(lines: Iterable[Line]) -> dict[_Side, int]:
    sums: Counter[_Side] = Counter()
    for line in lines:
        charge_id = line.charge.pk if line.charge else None
        sums[_Side(line.account, line.money.currency, line.party, charge_id)] += line.money.minor
    return {side: amount for side, amount in sums.items() if amount}


def _check(sums: dict[_Side, int]) -> None:
    if not sums:
        raise Rejection(
            "lines", "missing", "nothing is booked", "name what was moved between which accounts"
        )
    unknown = {side.account for side in sums} - set(_ACCOUNT_TYPES)
    if unknown:
        raise Rejection(
            "lines",
            "account_unknown",
            f"{min(unknown)} is no account",
            f"use one of {', '.join(_ACCOUNT_TYPES)}",
        )
    excess: Counter[str] = Counter()
    for side, amount in sums.items():
        excess[side.currency] += amount
    for currency, rest in excess.items():
        if rest:
            raise Rejection(
                "lines",
                "unbalanced",
                f"they don't balance: {rest} {currency} too much",
                "add the other side",
            )


def _insert(entry: LedgerEntry, sums: dict[_Side, int]) -> bool:
    """Insert an entry with its lines, and the accounts that are missing, in one statement.

    The entry gets its primary key, unless its reference is taken.

    Returns:
        Whether all accounts were there. One that another transaction created meanwhile is seen by
        the next statement only; the entry isn't inserted then.
    """
    values: dict[str, Any] = {
        "site": entry.site_id,
        "reference": entry.reference,
        "memo": entry.memo,
        "concerns": entry.concerns_month,
        "at": entry.at,
        "codes": [side.account for side in sums],
        "types": [_ACCOUNT_TYPES[side.account] for side in sums],
        "currencies": [side.currency for side in sums],
        "amounts": list(sums.values()),
        "party_types": [side.party[0] if side.party else None for side in sums],
        "party_ids": [side.party[1] if side.party else None for side in sums],
        "charges": [side.charge_id for side in sums],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        is_complete, entry.pk, entry.posted_on, concerns = cursor.fetchone()
    if entry.pk is not None:
        entry.concerns_month, entry._state.adding = concerns, False
    return bool(is_complete)


def _booked_before(entry: LedgerEntry, sums: dict[_Side, int]) -> LedgerEntry:
    """Return the entry that holds the reference; reject it if it is another one."""
    booked = LedgerEntry.objects.get(reference=entry.reference)
    if booked.site_id != entry.site_id or _posted(booked) != sums:
        raise Rejection(
            "reference",
            "already_booked",
            f"{entry.reference} is booked already, with other lines",
            "book a reversal",
        )
    return booked


def _dates(
    site: Site, entries: Sequence[NewEntry]
) -> dict[tuple[datetime, date | None], tuple[date, date | None]]:
    """Return the accounting dates and closed months of entries, by what these follow from.

    The site's months can't be closed any more until the transaction ends.
    """
    given = list({_dated_by(each) for each in entries})
    with connection.cursor() as cursor:
        cursor.execute(_DATES, [site.pk, [at for at, _day in given], [day for _at, day in given]])
        return dict(zip(given, cursor.fetchall(), strict=True))


def _dated_by(entry: NewEntry) -> tuple[datetime, date | None]:
    return entry.at, entry.concerns


def _accounts(site: Site, sides: Iterable[_Side]) -> dict[tuple[str, str], int]:
    """Return the keys of these sides' accounts by code and currency; creates missing accounts."""
    wanted = {(side.account, side.currency) for side in sides}
    found = _existing_accounts(site)
    if wanted - set(found):
        Account.objects.bulk_create(
            [
                Account(site=site, code=code, type=_ACCOUNT_TYPES[code], currency=currency)
                for code, currency in wanted - set(found)
            ],
            ignore_conflicts=True,
        )
        found = _existing_accounts(site)
    return found


def _existing_accounts(site: Site) -> dict[tuple[str, str], int]:
    rows = Account.objects.filter(site=site).values_list("code", "currency", "pk")
    return {(code, currency): key for code, currency, key in rows}


def _posted(entry: LedgerEntry) -> dict[_Side, int]:
    lines = entry.lines.select_related("account")
    return {
        _Side(
            line.account.code,
            line.account.currency,
            (line.party_type, line.party_id) if line.party_type and line.party_id else None,
            line.charge_id,
        ): line.amount
        for line in lines
    }
