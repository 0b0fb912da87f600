"""The VAT that amounts contain, by the rates of a legal entity for each of its income accounts.

All amounts are gross. A rate holds from a day on, at the site; before its first rate, an account
has no VAT.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter

from django.db.models import DecimalField, OuterRef, Subquery

from billing import ledger, ports
from billing.models import VatRate
from core import clock
from core.models import Site
from core.money import Money

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Vat:
    """The VAT that an amount contains: its rate in percent, its amount in minor units."""

    rate: Decimal
    amount: int


NO_VAT = Vat(_NONE, 0)


@dataclass(frozen=True, slots=True)
class VatSum:
    """The VAT of one rate in the amounts of a document."""

    rate: Decimal
    money: Money

    @property
    def rate_text(self) -> str:
        """The rate such as ``6 %``."""
        return rate_text(self.rate)


def rate_text(rate: Decimal) -> str:
    """Return a rate in percent as it is written, such as ``6 %``."""
    return f"{rate.normalize():f} %"


def vat_in(gross: int, rate: Decimal) -> Vat:
    """Return the VAT in a gross amount; the net is rounded half up, and both add up to it.

    Args:
        gross: in minor units, also below zero.
        rate: in percent.
    """
    part, whole = (rate / 100).as_integer_ratio()
    net = (2 * abs(gross) * whole + whole + part) // (2 * (whole + part))
    return Vat(rate, gross - net if gross >= 0 else gross + net)


def sums_by_rate(parts: Iterable[Vat], currency: str) -> list[VatSum]:
    """Return the VAT of each rate that there is any of, the lowest rate first."""
    found: Counter[Decimal] = Counter()
    for each in parts:
        found[each.rate] += each.amount
    return [VatSum(rate, Money(found[rate], currency)) for rate in sorted(found) if found[rate]]


class Rates:
    """The rates of one legal entity, read with one query."""

    def __init__(self, rows: Iterable[tuple[str, date, Decimal]]) -> None:
        self._rows: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for account, valid_from, rate in sorted(rows):
            self._rows[account].append((valid_from, rate))

    def on(self, account: str, day: date) -> Decimal:
        """Return the rate of an income account on a day, in percent; 0 where it has none."""
        rows: Sequence[tuple[date, Decimal]] = self._rows.get(account, ())
        place = bisect_right(rows, day, key=itemgetter(0))
        return rows[place - 1][1] if place else _NONE


NO_RATES = Rates(())


def rates_of(site: Site) -> Rates:
    """Return the rates of the legal entity that a site belongs to."""
    rows = VatRate.objects.filter(organisation=site.organisation_id)
    return Rates(rows.values_list("account", "valid_from", "rate"))


@dataclass(frozen=True, slots=True)
class AccountVat:
    """The rates of one income account.

    Attributes:
        held: the rate of today; None where there is none.
        coming: those that have not begun, the earliest first.
    """

    title: str
    held: VatRate | None
    coming: list[VatRate]


def vat_by_account(site: Site, today: date) -> list[AccountVat]:
    """Return the rates of a site's legal entity for each account that charges are posted to."""
    rows: dict[str, list[VatRate]] = {code: [] for code in ports.income_accounts()}
    for row in VatRate.objects.filter(organisation=site.organisation_id).order_by("valid_from"):
        rows.setdefault(row.account, []).append(row)
    return [
        AccountVat(
            ledger.title_of(code),
            next((each for each in reversed(dated) if each.valid_from <= today), None),
            [each for each in dated if each.valid_from > today],
        )
        for code, dated in rows.items()
    ]


def rate_of_site(account: str, day: date) -> Subquery:
    """Return the rate on a day as an expression of rows that have a site, NULL where there is none.

    A row that is read anyway has the rate with it, without a query of its own.
    """
    rows = VatRate.objects.filter(
        organisation=OuterRef("site__organisation"), account=account, valid_from__lte=day
    )
    latest = rows.order_by("-valid_from").values("rate")[:1]
    return Subquery(latest, output_field=DecimalField(max_digits=5, decimal_places=2))


def day_of(site: Site, at: datetime) -> date:
    """Return the day at a site whose rates hold at an instant."""
    return clock.local(at, site.timezone).date()
