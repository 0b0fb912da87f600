"""How fast stays are priced: `python benchmarks/pricing.py`.

Prints one-day stays a second through the door of `manage.py price` (JSON in, JSON out), with one
tariff and with a new tariff on every line, each beside a ceiling measured in the same run: reading
and writing the same lines as JSON and doing nothing else. Then the time of a 60-day stay against
that of a one-day stay times the number of its segments, which jumping from boundary to boundary
keeps near 1.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from pricing import Tariff, parse_tariff, price
from pricing.cli import Door
from pricing.timeline import lay_out

STAYS = 10_000
ROUNDS = 200
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TARIFF: dict[str, Any] = {
    "schema": "tariff/1",
    "id": "benchmark",
    "version": 1,
    "currency": "CNY",
    "timezone": "Europe/Amsterdam",
    "free": {"minutes": 30, "kind": "threshold"},
    "ladder_reset": "24h",
    "elements": [
        {
            "id": "day",
            "when": {"time": ["07:00", "21:00"], "day_class": ["workday"], "vehicle": ["small"]},
            "steps": [{"upto": 60, "unit": 60, "price": 500}, {"unit": 30, "price": 250}],
        },
        {"id": "night", "when": {"time": ["21:00", "07:00"]}, "steps": [{"flat": 500}]},
        {"id": "rest", "steps": [{"unit": 30, "price": 300}]},
    ],
    "caps": [
        {"window": "segment", "element": "night", "amounts": [500]},
        {"window": "24h", "amounts": [3000, 4000, 5000]},
    ],
    "exit_grace_minutes": 15,
}


def main() -> None:
    """Measure and print."""
    print_door("one tariff", [line(number, 1) for number in range(STAYS)])
    print_door("a new tariff on each line", [line(number, number) for number in range(STAYS)])
    print_long_stay()


def line(number: int, version: int) -> bytes:
    """A request for a one-day stay; the stays begin at every hour of the year's first months."""
    entry = MONDAY + timedelta(minutes=61 * (number % 1400))
    request = {
        "tariff": TARIFF | {"version": version},
        "entry": entry.isoformat(),
        "exit": (entry + timedelta(days=1)).isoformat(),
        "vehicle": "small",
    }
    return json.dumps(request).encode()


def print_door(name: str, lines: list[bytes]) -> None:
    """Print stays a second through the door, the ceiling, and their ratio."""
    door = Door()
    answers = [json.loads(door.answer(request)) for request in lines[:100]]
    assert all(answer["amount"] > 0 for answer in answers)
    speed = len(lines) / best_of(lambda: Door().answer, lines)
    ceiling = len(lines) / best_of(lambda: lambda request: json.dumps(json.loads(request)), lines)
    print(f"{name}: {speed:,.0f} one-day stays/s ({ceiling:,.0f}/s ceiling, {speed / ceiling:.2f})")


def best_of(
    start_over: Callable[[], Callable[[bytes], object]], lines: Iterable[bytes], runs: int = 3
) -> float:
    """The shortest of several runs over all lines, in seconds, each with a fresh worker."""
    return min(seconds(start_over(), lines) for _ in range(runs))


def seconds(work: Callable[[bytes], object], lines: Iterable[bytes]) -> float:
    """How long the work takes on all lines."""
    start = perf_counter()
    for request in lines:
        work(request)
    return perf_counter() - start


def print_long_stay() -> None:
    """Print the cost of a 60-day stay for each segment against that of a one-day stay."""
    tariff = parse_tariff(TARIFF)
    day, day_segments = timed(tariff, 1)
    long, long_segments = timed(tariff, 60)
    ratio = long / (day * long_segments / day_segments)
    print(
        f"one day: {day * 1e6:.0f} us in {day_segments} segments; 60 days: {long * 1e6:.0f} us in "
        f"{long_segments}; {ratio:.2f} of one day times the segments"
    )


def timed(tariff: Tariff, days: int) -> tuple[float, int]:
    """The best time of pricing a stay, in seconds, and the number of its segments."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter()
        price(tariff, MONDAY, MONDAY + timedelta(days=days), vehicle="small")
        best = min(best, perf_counter() - start)
    origin = int(MONDAY.timestamp()) // 60
    cycles = lay_out(tariff, "small", origin, days * 1440).cycles
    return best, sum(len(cycle.runs) for cycle in cycles)


if __name__ == "__main__":
    main()
