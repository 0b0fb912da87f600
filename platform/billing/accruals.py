"""Penalties that accrue by the day, such as late fees: what has accrued, and posting it.

A room that has such penalties registers an `AccrualSource`. Billing posts what has accrued before
it allocates money, so that money which arrives between two nights finds the penalty of each day
before it (decision 33).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from billing.models import Charge
from core import clock
from core.money import Money


@dataclass(frozen=True, slots=True)
class Accrued:
    """A penalty that has accrued on a charge and is not posted.

    Attributes:
        charge: on which it has accrued; the first one of its cause.
        until: the first day that does not count.
    """

    charge: Charge
    money: Money
    until: date


class AccrualSource(Protocol):
    """An app whose penalties accrue on charges of its own; it ignores those of other apps."""

    def accrued(self, charges: Sequence[Charge], at: datetime) -> list[Accrued]:
        """Return what has accrued on charges of one site, above zero, until the day of ``at``."""
        ...

    def post(self, charges: Sequence[Charge], at: datetime) -> int:
        """Post what has accrued on charges of one site until the day of ``at``.

        The caller holds the locks of their causes. A second call of the same day posts nothing.

        Returns:
            How many penalties were posted.
        """
        ...

    def open_penalties(self, charges: Sequence[Charge]) -> list[Charge]:
        """Return the posted penalties of the charges that are open, with their sites."""
        ...


_sources: list[AccrualSource] = []


def register_accruals(source: AccrualSource) -> None:
    """Register an app's penalties."""
    _sources.append(source)


def accrued_on(charges: Iterable[Charge], at: datetime | None = None) -> list[Accrued]:
    """Return what has accrued on charges of one site and is not posted; until today by default."""
    rows, now = list(charges), at or clock.now()
    return [each for source in _sources for each in source.accrued(rows, now)] if rows else []


def post_accrued(charges: Iterable[Charge], at: datetime) -> int:
    """Post what has accrued on charges until the day of ``at``; their causes are locked.

    Returns:
        How many penalties were posted.
    """
    rows = list(charges)
    return sum(source.post(rows, at) for source in _sources) if rows else 0


def open_penalties(charges: Iterable[Charge]) -> list[Charge]:
    """Return the posted penalties of charges that are open."""
    rows = list(charges)
    return [each for source in _sources for each in source.open_penalties(rows)] if rows else []
