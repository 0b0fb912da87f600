"""The statement of a party or a household: opening balance, movements, closing balance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from billing import ports
from billing.bill_details import titles_of
from billing.labels import entry_title
from billing.ledger import Party
from billing.models import Account, Charge, LedgerLine
from core.models import Site
from core.money import Money
from estate.models import Unit
from people.models import Occupancy

# What a party owes, less what it has paid ahead. Deposits are held apart.
_OWED = (Account.Code.RECEIVABLE, Account.Code.CREDIT)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one ledger entry changed of what the parties owe.

    Attributes:
        money: above zero where they owe more than before.
        balance: what they owe afterwards; below zero where they have paid ahead.
        concerns_month: the closed month that a late entry belongs to.
    """

    day: date
    title: str
    reference: str
    money: Money
    balance: Money
    concerns_month: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in one currency.

    Attributes:
        opening: what was owed at the beginning of the first day.
        closing: what is owed at the end of the last one: the opening and all movements.
        deposits: what is held of the parties at the end of the last day.
    """

    opening: Money
    movements: tuple[Movement, ...]
    closing: Money
    deposits: Money


def statement(site: Site, parties: Sequence[Party], since: date, until: date) -> list[Statement]:
    """Return the statements of parties together, one for each currency, the site's first.

    Args:
        site: whose ledger.
        parties: as (type, id).
        since, until: the first and the last day, by accounting date.
    """
    return _statements(site, _lines_of(site, parties), since, until)


def household_statement(site: Site, unit: Unit, since: date, until: date) -> list[Statement]:
    """Return the statements of who had a unit in the period, of what concerns this unit alone.

    Credit that no charge needs is on the statement of its payer.
    """
    charges = Charge.objects.filter(_of_unit(unit), pk=OuterRef("charge"))
    lines = _lines_of(site, household_parties(unit, since, until)).filter(Exists(charges))
    return _statements(site, lines, since, until)


def _of_unit(unit: Unit) -> Q:
    """Return the condition for a unit's charges: those of its bills, and of sources with units."""
    billed = Charge.objects.filter(
        bill_line__bill__unit=unit,
        source_type=OuterRef("source_type"),
        source_id=OuterRef("source_id"),
        period=OuterRef("period"),
    )
    return ports.charges_of_unit(unit) | Q(Exists(billed))


def _statements(
    site: Site, every: QuerySet[LedgerLine], since: date, until: date
) -> list[Statement]:
    lines = every.filter(posted_on__lte=until)
    sums = _sums(lines, since)
    moved = _movements(lines.filter(account__code__in=_OWED, posted_on__gte=since))
    currencies = dict.fromkeys([site.currency, *sorted({*sums, *moved})])
    return [_statement(each, *sums.get(each, (0, 0)), moved.get(each, [])) for each in currencies]


def household_parties(unit: Unit, since: date, until: date) -> list[Party]:
    """Return the people and companies that had a unit between two days."""
    rows = Occupancy.objects.filter(unit=unit, begins_on__lte=until).filter(
        Q(ends_on=None) | Q(ends_on__gt=since)
    )
    holders = rows.values_list("person", "company").order_by("begins_on", "pk")
    return list(
        dict.fromkeys(
            ("person", str(person)) if person else ("company", str(company))
            for person, company in holders
        )
    )


def _lines_of(site: Site, parties: Iterable[Party]) -> QuerySet[LedgerLine]:
    named = Q(pk__in=[])
    for kind, key in parties:
        named |= Q(party_type=kind, party_id=key)
    return LedgerLine.objects.filter(named, account__site=site)


def _sums(lines: QuerySet[LedgerLine], since: date) -> dict[str, tuple[int, int]]:
    """Return what was owed before a day, and what is held as deposits, by currency."""
    rows = lines.values_list("account__currency").annotate(
        opening=Sum("amount", filter=Q(account__code__in=_OWED, posted_on__lt=since)),
        deposits=Sum("amount", filter=Q(account__code=Account.Code.DEPOSITS)),
    )
    return {
        currency: (int(opening or 0), -int(deposits or 0)) for currency, opening, deposits in rows
    }


def _movements(lines: QuerySet[LedgerLine]) -> dict[str, list[tuple[LedgerLine, int]]]:
    """Return the entries' sums by currency; what only moves credit to a charge is no movement."""
    sums: dict[tuple[str, int], tuple[LedgerLine, int]] = {}
    rows = lines.select_related("account", "entry", "charge__site").order_by(
        "posted_on", "entry", "pk"
    )
    for line in rows:
        key = line.account.currency, line.entry_id
        first, amount = sums.get(key, (line, 0))
        sums[key] = first, amount + line.amount
    found: dict[str, list[tuple[LedgerLine, int]]] = {}
    for (currency, _entry), (line, amount) in sums.items():
        if amount:
            found.setdefault(currency, []).append((line, amount))
    return found


def _statement(
    currency: str, opening: int, deposits: int, moved: list[tuple[LedgerLine, int]]
) -> Statement:
    movements, balance = [], opening
    titles = _titles(line for line, _amount in moved)
    for line, amount in moved:
        balance += amount
        movements.append(
            Movement(
                line.posted_on,
                titles[line.pk],
                line.entry.reference,
                Money(amount, currency),
                Money(balance, currency),
                line.entry.concerns_month,
            )
        )
    return Statement(
        opening=Money(opening, currency),
        movements=tuple(movements),
        closing=Money(balance, currency),
        deposits=Money(deposits, currency),
    )


def _titles(lines: Iterable[LedgerLine]) -> dict[int, str]:
    """Return what entries are called, by the key of their line: a charge by its own title."""
    entries = list(lines)
    charged = {
        line.pk: line.charge
        for line in entries
        if line.charge is not None and line.entry.reference.startswith("charge:")
    }
    titles = titles_of(charged.values())
    return {
        line.pk: titles[charged[line.pk].pk] if line.pk in charged else entry_title(line.entry)
        for line in entries
    }
