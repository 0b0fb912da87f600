"""The price of a stay: `price`, from a tariff and two instants to a quote with its lines.

Every function here is pure: no clock, no database, no settings. Money is whole minor units,
fractions of a minor unit are whole numerators and denominators, time is whole minutes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pricing.accumulator import Charge, Meter
from pricing.caps import Cut, apply_caps, window_number
from pricing.cover import Billable, Span, covered_minutes, whole_stay, without_cover
from pricing.errors import StayError
from pricing.free import free_time, is_free
from pricing.local_time import since_epoch
from pricing.quote import Line, Quote
from pricing.tariff import CapRule, Tariff
from pricing.timeline import lay_out

_MINUTE = timedelta(minutes=1)
MAX_STAY_DAYS = 3_660


def price(
    tariff: Tariff,
    entry: datetime,
    exit: datetime,
    *,
    covered: Sequence[Span] = (),
    covered_until: datetime | None = None,
    vehicle: str | None = None,
) -> Quote:
    """Price a stay from `entry` to `exit` (aware datetimes).

    A stay of no whole minute, or that ends before it began, costs 0 (rule 1). Cover never makes a
    stay dearer: the price without it counts where that is lower (rule 12).

    Args:
        tariff: the version in force at the entry.
        entry, exit: when the stay begins and ends.
        covered: spans (from, to) that permits cover, in any order.
        covered_until: the end of a permit in force at the entry; one more span.
        vehicle: the vehicle type; None where it is not known.

    Raises:
        StayError: a naive time, a year outside 1970-2999, a span that ends before it begins, a
            stay of more than `MAX_STAY_DAYS`, or a vehicle type that no element covers.
    """
    start, length = _extent(entry, exit)
    if covered_until is not None and since_epoch(covered_until, "covered_until") > start:
        covered = (*covered, (entry, covered_until))
    minutes, lines = _cheapest(tariff, start // _MINUTE, length // _MINUTE, vehicle, covered)
    return Quote(
        tariff=tariff.label,
        currency=tariff.currency,
        entry=entry,
        exit=exit,
        covered=tuple(covered),
        vehicle=vehicle,
        minutes=minutes,
        amount=_total(lines),
        lines=lines,
    )


def _extent(entry: datetime, exit: datetime) -> tuple[timedelta, timedelta]:
    """Return when a stay begins, from 1970 on, and how long it lasts; 0 if it ended before."""
    start, end = since_epoch(entry, "entry"), since_epoch(exit, "exit")
    if end - start > timedelta(days=MAX_STAY_DAYS):
        raise StayError("exit", f"is more than {MAX_STAY_DAYS} days after entry; check the dates")
    return start, max(end - start, timedelta())


def _cheapest(
    tariff: Tariff, origin: int, minutes: int, vehicle: str | None, covered: Sequence[Span]
) -> tuple[int, tuple[Line, ...]]:
    """Return how many minutes are billed, with their lines: without cover where it is dearer."""
    lines = _lines(tariff, origin, minutes, vehicle, whole_stay(origin, minutes))
    if not covered:
        return minutes, lines
    rest = without_cover(origin, minutes, covered_minutes(covered))
    rest_lines = _lines(tariff, origin, minutes, vehicle, rest)
    if _total(rest_lines) <= _total(lines):
        return rest.minutes, rest_lines
    return minutes, lines


def _total(lines: Sequence[Line]) -> int:
    return sum(line.amount for line in lines)


def _lines(
    tariff: Tariff, origin: int, minutes: int, vehicle: str | None, billable: Billable
) -> tuple[Line, ...]:
    """Return the lines of a stay of `minutes` from `origin`, for its `billable` minutes."""
    if is_free(tariff, minutes, billable):
        return ()
    timeline = lay_out(tariff, vehicle, billable)
    meter = Meter(tariff, timeline)
    meter.run(free_time(tariff, origin, minutes, billable, timeline.cycles))
    if not meter.billed:
        return ()
    writer = _LineWriter(tariff, billable, meter.charges)
    lines = [writer.charge(charge) for charge in meter.charges]
    lines += [writer.cut(cut) for cut in apply_caps(tariff.caps, meter.charges)]
    short = tariff.min_charge - _total(lines)
    if short > 0:
        lines.append(writer.top_up(short))
    return tuple(lines)


class _LineWriter:
    """Turns charges and cuts, which count positions, into lines with local times and names."""

    def __init__(self, tariff: Tariff, billable: Billable, charges: Sequence[Charge]) -> None:
        self.tariff = tariff
        self.billable = billable
        self._one_span = len(billable.spans) == 1
        self.charges = charges
        self._caps = [(cap, self._cap(cap)) for cap in tariff.caps]
        # Most lines begin where the line before ended, so each instant is converted once.
        self._times: dict[int, datetime] = {}

    def charge(self, charge: Charge) -> Line:
        """The line of a charge."""
        return Line(
            element=self._element(charge.place.element),
            step=charge.place.step,
            start=self._time(charge.start),
            end=self._end(charge.end),
            units=charge.units,
            amount=charge.amount,
            windows=tuple(
                f"{name}[{number}]"
                for cap, name in self._caps
                if (number := window_number(cap, charge)) is not None
            ),
        )

    def cut(self, cut: Cut) -> Line:
        """The negative line of a cap's cut; it spans the charges of the cap's window."""
        first, last = self.charges[cut.first], self.charges[cut.last]
        return Line(
            element=self._element(first.place.element) if cut.cap.window == "segment" else None,
            step=None,
            start=self._time(first.start),
            end=self._end(last.end),
            units=0,
            amount=-cut.amount,
            windows=(f"{self._cap(cut.cap)}[{cut.number}]",),
            cap=cut.cap.window,
        )

    def top_up(self, amount: int) -> Line:
        """The line that lifts a stay to the minimum charge."""
        start, end = self._time(0), self._end(self.billable.minutes)
        return Line(None, None, start, end, 0, amount, cap="min_charge")

    def _cap(self, cap: CapRule) -> str:
        if cap.element is None:
            return cap.window
        return f"{cap.window}:{self._element(cap.element)}"

    def _element(self, index: int) -> str:
        return self.tariff.element_ids[index]

    def _end(self, position: int) -> datetime:
        """The end of the minute before a position, without cover that may follow it."""
        if self._one_span:
            return self._time(position)
        return self._local(self.billable.minute_at(position - 1) + 1)

    def _time(self, position: int) -> datetime:
        if self._one_span:
            return self._local(self.billable.first + position)
        return self._local(self.billable.minute_at(position))

    def _local(self, minute: int) -> datetime:
        time = self._times.get(minute)
        if time is None:
            time = self._times[minute] = datetime.fromtimestamp(minute * 60, self.tariff.zone)
        return time
