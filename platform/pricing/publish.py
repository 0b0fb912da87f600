"""Checks before a tariff is published: every vehicle is priced, and longer is never cheaper.

Why only `total` is tested by example. With `cut`, `carry` and `entry` one more minute never changes
a charge that later ones follow: it lengthens the last charge or adds one after it, and

- first-match elements, cycles and day classes depend on the minute alone, not on the exit;
- `down` counts a unit once it is complete and never takes it back, and no charge follows an
  incomplete one of its step before it is complete or cut off for good;
- a threshold turns a free stay or cycle into a billed one, never back, whether inclusive or not,
  and a cycle is over before the next begins; `deduct` frees the same minutes at any length;
- a charge is rounded half up, which keeps order, and a charge that is closed keeps its rounding;
- a cap cuts the latest charges of its window and leaves the earlier ones (see `caps`), so it turns
  growth into less growth, also where later windows have smaller amounts;
- `flat` is charged at the first minute and stays; `min_charge` is a maximum of two values.

With `total` the minutes added by rounding up are priced at the last step, so a stay that goes on
into a cheaper step, a flat one, a fuller cap window or another rounding may lose what it was
charged for them. Equal units do not prevent that; such a tariff can be priced, and is refused here
with the stay that proves it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from pricing.accumulator import Meter
from pricing.cover import whole_stay
from pricing.engine import price
from pricing.errors import TariffError
from pricing.free import allowance, free_time
from pricing.local_time import offset_at
from pricing.rules import check_coverage
from pricing.tariff import DAY, Tariff
from pricing.timeline import lay_out

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = 20_514  # 2026-03-02, in days since 1970-01-01
_PROBED_MINUTES = 2 * DAY + 60


def check_publishable(tariff: Tariff) -> None:
    """Refuse a tariff that can be priced but should not be charged.

    Two reasons: a car whose type is not known finds no element at some hour (unless uncovered
    minutes are free), or a longer stay was found to cost less. Raises `TariffError`.
    """
    if not tariff.uncovered_is_free:
        check_coverage(tariff, (None,))
    if tariff.boundary == "total":
        for vehicle in (None, *sorted(tariff.vehicles)):
            for origin in sorted(set(_entries(tariff, vehicle))):
                _check_growth(tariff, vehicle, origin)


def unused_elements(tariff: Tariff) -> list[str]:
    """Return the elements that price no minute of any day, because others match before them.

    An element for holidays is one of them while the calendar has no holiday.
    """
    used = {
        element
        for vehicle in (None, *tariff.vehicles)
        for day in _days(tariff)
        for _end, element in tariff.plan(vehicle, day)
    }
    return [name for number, name in enumerate(tariff.element_ids) if number not in used]


def _entries(tariff: Tariff, vehicle: str | None) -> Iterator[int]:
    """Entries just before a change of element or midnight, by one to nearly a unit.

    Each is also tried a whole number of steps earlier, so that the change meets every step.
    """
    unit = next((step.unit for ladder in tariff.ladders for step in ladder if step.unit), 1)
    leads = {1, 2, unit // 2, unit - 1} - {0}
    lows = {step.low for ladder in tariff.ladders for step in ladder if step.low < 7 * DAY}
    never_billed = allowance(tariff).from_start
    for day in _days(tariff):
        for minute, _ in tariff.plan(vehicle, day):
            local = day * DAY + minute
            change = local - offset_at(tariff.zone, local) - never_billed
            yield from (change - lead - low for lead in leads for low in lows)


def _days(tariff: Tariff) -> Iterable[int]:
    """A week and the overridden dates, but one day only of each kind with its neighbours."""
    week = range(_MONDAY, _MONDAY + 7)
    kinds = {
        tuple(tariff.day_class(near) for near in (day - 1, day, day + 1)): day
        for day in (*tariff.overrides, *week)
    }
    return kinds.values()


def _check_growth(tariff: Tariff, vehicle: str | None, origin: int) -> None:
    """Price the stays that end just before and just after each change on the way."""
    for minutes in _changes(tariff, vehicle, origin):
        shorter, longer = (
            _amount(tariff, vehicle, origin, length) for length in (minutes, minutes + 1)
        )
        if longer < shorter:
            entry = datetime.fromtimestamp(origin * 60, tariff.zone)
            raise TariffError(
                "unit_at_boundary",
                f"a stay from {entry:%Y-%m-%d %H:%M} costs {shorter} after {minutes} minutes but "
                f"{longer} after {minutes + 1}; choose cut or carry instead of total",
                "longer_costs_less",
                entry=f"{entry:%Y-%m-%d %H:%M}",
                minutes=minutes,
                more=minutes + 1,
            )


def _changes(tariff: Tariff, vehicle: str | None, origin: int) -> list[int]:
    stay = whole_stay(origin, _PROBED_MINUTES)
    timeline = lay_out(tariff, vehicle, stay)
    meter = Meter(tariff, timeline)
    meter.run(free_time(tariff, origin, _PROBED_MINUTES, stay, timeline.cycles))
    return sorted({charge.start for charge in meter.charges} - {0})


def _amount(tariff: Tariff, vehicle: str | None, origin: int, minutes: int) -> int:
    entry = _EPOCH + timedelta(minutes=origin)
    return price(tariff, entry, entry + timedelta(minutes=minutes), vehicle=vehicle).amount
