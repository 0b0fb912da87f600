"""What a report is: columns, rows and, by currency, the sums of its amounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.money import Money

Row = Sequence[Any]
TOTAL = _("Total")
CURRENCY = _("Currency")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report.

    Attributes:
        kind: ``text``, ``date``, ``share`` (a part of 1) or ``money``, whose cells are `Money`.
        is_summed: whether its amounts are added up.
        dashes_zero: whether a page shows a dash instead of zero; files hold the number.
    """

    title: str | Promise
    kind: str = "text"
    is_summed: bool = False
    dashes_zero: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A report.

    Attributes:
        columns: of the rows and of the totals.
        rows: may be read only once, where they come from a cursor.
        totals: a row for each currency; empty where nothing is summed.
    """

    columns: Sequence[Column]
    rows: Iterable[Row]
    totals: Sequence[Row] = ()


def amounts(title: str | Promise, *, dashes_zero: bool = False) -> Column:
    """Return a column of amounts that are added up."""
    return Column(title, "money", is_summed=True, dashes_zero=dashes_zero)


def divided(*titles: str | Promise) -> tuple[Column, ...]:
    """Return columns among which each row's amount is divided: most cells of a row are zero."""
    return tuple(amounts(title, dashes_zero=True) for title in titles)


def with_totals(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    """Return the report with the sum of each column of amounts, by currency."""
    sums: dict[str, dict[int, int]] = {}
    summed = [place for place, column in enumerate(columns) if column.is_summed]
    for row in rows:
        for place in summed:
            money: Money = row[place]
            of_currency = sums.setdefault(money.currency, dict.fromkeys(summed, 0))
            of_currency[place] += money.minor
    totals = [_total(columns, currency, sums[currency]) for currency in sorted(sums)]
    return Table(columns, rows, totals)


def _total(columns: Sequence[Column], currency: str, sums: dict[int, int]) -> Row:
    cells: list[Any] = [None] * len(columns)
    cells[0] = TOTAL
    for place, column in enumerate(columns):
        if place in sums:
            cells[place] = Money(sums[place], currency)
        elif column.title is CURRENCY:
            cells[place] = currency
    return cells
