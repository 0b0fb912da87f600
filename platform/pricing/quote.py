"""What a stay costs and why: a quote and its lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pricing.cover import Span


class Line(NamedTuple):
    """One line of a quote.

    A charge has the element and the number of its step, the units charged between `start` and
    `end`, and the cap windows it falls in, such as ``24h[0]`` (windows count from 0). A cap line
    is negative, has the cap's window in `cap` and no units; the last line of a stay below the
    minimum charge has ``min_charge`` there. Covered minutes between `start` and `end` are not
    counted. Times are in the tariff's zone, amounts in minor units.
    """

    element: str | None
    step: int | None
    start: datetime
    end: datetime
    units: int
    amount: int
    windows: tuple[str, ...] = ()
    cap: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The line as ``manage.py price`` writes it."""
        return {
            "element": self.element,
            "step": self.step,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "units": self.units,
            "amount": self.amount,
            "cap": self.cap,
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a stay, with everything needed to explain and to recalculate it.

    Attributes:
        covered: the spans that permits cover, as they were given.
        minutes: the whole minutes of the stay that the price counts: those not covered, or all
            where the price without cover is lower.
        amount: the sum of the lines in minor units of `currency`.

    The same tariff version, entry, exit, cover and vehicle give the same quote for ever.
    """

    tariff: str
    currency: str
    entry: datetime
    exit: datetime
    covered: tuple[Span, ...]
    vehicle: str | None
    minutes: int
    amount: int
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        """The quote as plain JSON values, to be stored with the charge."""
        return {
            "tariff": self.tariff,
            "currency": self.currency,
            "entry": self.entry.isoformat(),
            "exit": self.exit.isoformat(),
            "covered": [[begins.isoformat(), ends.isoformat()] for begins, ends in self.covered],
            "vehicle": self.vehicle,
            "minutes": self.minutes,
            "amount": self.amount,
            "lines": [line.as_dict() | {"windows": list(line.windows)} for line in self.lines],
        }
