"""The price of a stay: `price`, from a tariff and two instants to a quote with its lines.

Every function here is pure: no clock, no database, no settings. Money is whole minor units,
fractions of a minor unit are whole numerators and denominators, time is whole minutes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pricing.accumulator import Charge, Meter
from pricing.caps import Cut, apply_caps, window_number
from pricing.errors import StayError
from pricing.quote import Line, Quote
from pricing.tariff import CapRule, Tariff
from pricing.timeline import lay_out

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
MAX_STAY_DAYS = 3_660
_YEARS = range(1970, 3000)


def price(
    tariff: Tariff,
    entry: datetime,
    exit: datetime,
    *,
    covered_until: datetime | None = None,
    vehicle: str | None = None,
) -> Quote:
    """Price a stay from `entry` to `exit` (aware datetimes).

    A pass that covers the stay up to `covered_until` moves the billed entry there, and the free
    minutes are then not granted unless the tariff sets `free_after_pass` (rule 12). A stay of no
    whole minute, or that ends before it began, costs 0 (rule 1). Raises `StayError` for a naive
    time, a year outside 1970-2999, a stay of more than `MAX_STAY_DAYS`, or a vehicle type that no
    element covers.
    """
    start = since_epoch(entry, "entry")
    end = since_epoch(exit, "exit")
    if end - start > timedelta(days=MAX_STAY_DAYS):
        raise StayError("exit", f"is more than {MAX_STAY_DAYS} days after entry; check the dates")
    after_pass = covered_until is not None and since_epoch(covered_until, "covered_until") > start
    if covered_until is not None and after_pass:
        start = since_epoch(covered_until, "covered_until")
    minutes = max(0, (end - start) // _MINUTE)
    lines = _lines(tariff, start // _MINUTE, minutes, vehicle, after_pass)
    return Quote(
        tariff=tariff.label,
        currency=tariff.currency,
        entry=entry,
        exit=exit,
        covered_until=covered_until,
        vehicle=vehicle,
        minutes=minutes,
        amount=sum(line.amount for line in lines),
        lines=lines,
    )


def since_epoch(moment: datetime, at: str) -> timedelta:
    """An instant as the time since 1970, which compares and subtracts right across DST.

    Two datetimes of one zone would subtract by their wall clocks. Raises `StayError` at `at`.
    """
    if moment.utcoffset() is None:
        raise StayError(at, "has no time zone; add its offset, such as +01:00 or Z")
    if moment.year not in _YEARS:
        raise StayError(at, "is not between the years 1970 and 2999; check the date")
    return moment - _EPOCH


def _lines(
    tariff: Tariff, origin: int, minutes: int, vehicle: str | None, after_pass: bool
) -> tuple[Line, ...]:
    free_from_start, free_cycle, free_stay = free_minutes(tariff, after_pass)
    if minutes <= max(0, free_stay):
        return ()
    meter = Meter(tariff, lay_out(tariff, vehicle, origin, minutes))
    meter.run(free_from_start, free_cycle)
    if not meter.billed:
        return ()
    writer = _LineWriter(tariff, origin, meter.charges)
    lines = [writer.charge(charge) for charge in meter.charges]
    lines += [writer.cut(cut) for cut in apply_caps(tariff.caps, meter.charges)]
    short = tariff.min_charge - sum(line.amount for line in lines)
    if short > 0:
        lines.append(writer.top_up(minutes, short))
    return tuple(lines)


def free_minutes(tariff: Tariff, after_pass: bool) -> tuple[int, int, int]:
    """Minutes never billed at the start; the longest free cycle; the longest free stay (-1: none).

    Rule 2. `repeat` speaks of the threshold only: `deduct` is given once in a stay.
    """
    free = tariff.free
    if free is None or (after_pass and not tariff.free_after_pass):
        return 0, -1, -1
    if free.kind == "deduct":
        return free.minutes, -1, free.minutes
    longest = free.minutes if free.inclusive else free.minutes - 1
    return (0, longest, longest) if free.repeat == "cycle" else (0, -1, longest)


class _LineWriter:
    """Turns charges and cuts, which count minutes, into lines with local times and names."""

    def __init__(self, tariff: Tariff, origin: int, charges: Sequence[Charge]) -> None:
        self.tariff = tariff
        self.origin = origin
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
            end=self._time(charge.end),
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
            end=self._time(last.end),
            units=0,
            amount=-cut.amount,
            windows=(f"{self._cap(cut.cap)}[{cut.number}]",),
            cap=cut.cap.window,
        )

    def top_up(self, minutes: int, amount: int) -> Line:
        """The line that lifts a stay to the minimum charge."""
        start, end = self._time(0), self._time(minutes)
        return Line(None, None, start, end, 0, amount, cap="min_charge")

    def _cap(self, cap: CapRule) -> str:
        if cap.element is None:
            return cap.window
        return f"{cap.window}:{self._element(cap.element)}"

    def _element(self, index: int) -> str:
        return self.tariff.element_ids[index]

    def _time(self, minute: int) -> datetime:
        time = self._times.get(minute)
        if time is None:
            instant = (self.origin + minute) * 60
            time = self._times[minute] = datetime.fromtimestamp(instant, self.tariff.zone)
        return time
