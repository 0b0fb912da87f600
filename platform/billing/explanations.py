"""The explanation of an amount in words: each source of charges registers how its lines read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from billing import ports
from billing.models import Charge


@dataclass(frozen=True, slots=True)
class LineText:
    """One line of an explanation, in the active language.

    Attributes:
        what: what is charged.
        how: how the amount comes about, such as ``90 m² × 2.50``; may be empty.
        amount: in minor units; below zero for a reduction.
        begins, ends: the time that it is for, in the site's time zone; None where it has none.
        readings: the keys of the meter readings that it is worked out from, with their photos.
    """

    what: str
    how: str
    amount: int
    begins: datetime | None = None
    ends: datetime | None = None
    readings: tuple[int, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether the line reduces the amount."""
        return self.amount < 0


Lines = list[dict[str, Any]]
Explain = Callable[[Charge, Lines], list[LineText]]
_explain: dict[str, Explain] = {}


def register_explanation(kind: str, explain: Explain) -> None:
    """Register what puts the lines of charges of a source type into words."""
    _explain[kind] = explain


def explain(charge: Charge, lines: Lines, amount: int, title: str = "") -> list[LineText]:
    """Return the explanation of an amount of a charge, in the active language.

    Args:
        charge: what is charged.
        lines: the explanation as its source's own JSON values.
        amount: in minor units; without lines, the charge's title stands for it.
        title: instead of the charge's own.
    """
    found = _explain[charge.source_type](charge, lines) if charge.source_type in _explain else []
    return found or [LineText(title or title_of(charge), "", amount)]


def title_of(charge: Charge) -> str:
    """Return what a charge is called, in the active language; it has no personal data."""
    return ports.source_of(charge).title(charge, get_language() or "")
