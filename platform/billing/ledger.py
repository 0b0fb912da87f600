"""The double-entry ledger of a site: money held, income, and what is owed to and by payers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

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
    Account.Code.STRIPE: Account.Type.ASSET,
    Account.Code.RECEIVABLE: Account.Type.ASSET,
    Account.Code.CREDIT: Account.Type.LIABILITY,
    Account.Code.REFUNDS_DUE: Account.Type.LIABILITY,
    Account.Code.SUSPENSE: Account.Type.LIABILITY,
}


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
), entry AS (
    INSERT INTO billing_ledgerentry (site_id, reference, at, memo)
    VALUES (%(site)s, %(reference)s, %(at)s, %(memo)s)
    ON CONFLICT (reference) DO NOTHING RETURNING id
), line AS (
    INSERT INTO billing_ledgerline (entry_id, account_id, amount, party_type, party_id, charge_id)
    SELECT entry.id, account.id, amount, party_type, party_id, charge_id
    FROM entry CROSS JOIN side
    JOIN (SELECT * FROM existing UNION ALL SELECT * FROM created) account USING (code, currency)
    RETURNING 1
)
SELECT (SELECT id FROM entry), (SELECT count(*) FROM line)
"""


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


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of an account; a debit is above zero."""

    account: str
    money: Money


class _Side(NamedTuple):
    """What two lines of an entry may differ in; equal ones are merged."""

    account: str
    currency: str
    party: Party | None
    charge_id: int | None


def register_income_account(code: str) -> None:
    """Add an income account to those that entries may use."""
    _ACCOUNT_TYPES[code] = Account.Type.INCOME


def account_codes() -> list[str]:
    """Return the codes of all accounts that entries may use."""
    return list(_ACCOUNT_TYPES)


def book(
    site: Site, reference: str, memo: str, lines: Iterable[Line], at: datetime | None = None
) -> LedgerEntry:
    """Post an entry to the site's ledger, once per reference.

    Lines of one account, currency, party and charge are summed, and a sum of zero is left out.
    Posting the same entry a second time returns the first and changes nothing.

    Args:
        site: whose ledger.
        reference: what is posted, such as ``payment:…``.
        memo: a description for a person who reads the entry.
        lines: the sides, summing to zero in each currency.
        at: when it happened; now by default.

    Raises:
        Rejection: the lines do not balance, there are none, or the reference was posted before
            with other lines.
    """
    sums = _summed(lines)
    _check(sums)
    entry = LedgerEntry(site=site, reference=reference, memo=memo[:200], at=at or clock.now())
    with transaction.atomic(savepoint=False):
        written = _insert(entry, sums)
        if entry.pk is not None and written < len(sums):
            _write_missing(entry, sums)
    return entry if entry.pk is not None else _booked_before(entry, sums)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to post together with many others."""

    reference: str
    memo: str
    lines: Sequence[Line]
    at: datetime


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
    keys = new_keys(LedgerEntry, len(entries))
    copy_values(
        LedgerEntry,
        ("id", "site_id", "reference", "memo", "at"),
        (
            (key, site.pk, each.reference, each.memo[:200], each.at)
            for key, each in zip(keys, entries, strict=True)
        ),
    )
    copy_values(
        LedgerLine,
        ("entry_id", "account_id", "amount", "party_type", "party_id", "charge_id"),
        (
            (key, accounts[side.account, side.currency].pk, amount, *_party(side), side.charge_id)
            for key, sides in zip(keys, sums, strict=True)
            for side, amount in sides.items()
        ),
    )


def balances(site: Site) -> list[Balance]:
    """Return the accounts of the site that are not at zero, by code and currency."""
    rows = (
        LedgerLine.objects.filter(account__site=site)
        .values("account__code", "account__currency")
        .annotate(sum=Sum("amount"))
        .exclude(sum=0)
        .order_by("account__code", "account__currency")
    )
    return [
        Balance(row["account__code"], Money(int(row["sum"]), row["account__currency"]))
        for row in rows
    ]


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


def _insert(entry: LedgerEntry, sums: dict[_Side, int]) -> int:
    """Insert an entry with its lines, and the accounts that are missing, in one statement.

    The entry gets its primary key, unless its reference is taken.

    Returns:
        How many lines were inserted. Those of an account that another transaction created
        meanwhile are missing.
    """
    values: dict[str, Any] = {
        "site": entry.site_id,
        "reference": entry.reference,
        "memo": entry.memo,
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
        entry.pk, written = cursor.fetchone()
    entry._state.adding = entry.pk is None
    return int(written)


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


def _write_missing(entry: LedgerEntry, sums: dict[_Side, int]) -> None:
    """Insert the lines whose account another transaction created in the meantime."""
    written = _posted(entry)
    accounts = _accounts(entry.site, sums)
    LedgerLine.objects.bulk_create(
        _line(entry, accounts, side, amount) for side, amount in sums.items() if side not in written
    )


def _line(
    entry: LedgerEntry, accounts: Mapping[tuple[str, str], Account], side: _Side, amount: int
) -> LedgerLine:
    return LedgerLine(
        entry=entry,
        account=accounts[side.account, side.currency],
        amount=amount,
        party_type=_party(side)[0],
        party_id=_party(side)[1],
        charge_id=side.charge_id,
    )


def _party(side: _Side) -> tuple[str | None, str | None]:
    return side.party or (None, None)


def _accounts(site: Site, sides: Iterable[_Side]) -> dict[tuple[str, str], Account]:
    """Return the accounts of these sides by code and currency, creating those that are missing."""
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


def _existing_accounts(site: Site) -> dict[tuple[str, str], Account]:
    return {(one.code, one.currency): one for one in Account.objects.filter(site=site)}


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
