"""Measure how fast stays are priced.

The benchmark prints the one-day stays a second that `manage.py price` answers (JSON in, JSON out),
with one tariff and with a new tariff on every line, each beside a ceiling measured in the same run:
parsing and writing the same lines as JSON. It then compares the time of a 60-day stay per segment
with that of a one-day stay; the ratio stays near 1 because pricing moves from boundary to boundary.

Usage: ``python benchmarks/pricing.py [--stays 10000] [--smoke]``
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from pricing import Tariff, parse_tariff, price  # noqa: E402
from pricing.cli import Door  # noqa: E402
from pricing.cover import whole_stay  # noqa: E402
from pricing.timeline import lay_out  # noqa: E402

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
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stays", type=int, default=10_000)
    parser.add_argument("--smoke", action="store_true", help="a few stays: does it run at all?")
    options = parser.parse_args()
    stays = range(100 if options.smoke else options.stays)
    print_rate("one tariff", [line(number, 1) for number in stays])
    print_rate("a new tariff on each line", [line(number, number) for number in stays])
    print_long_stay(2 if options.smoke else ROUNDS)


def line(number: int, version: int) -> bytes:
    """Return a request for a one-day stay; the entries spread over 60 days and all hours."""
    entry = MONDAY + timedelta(minutes=61 * (number % 1400))
    request = {
        "tariff": TARIFF | {"version": version},
        "entry": entry.isoformat(),
        "exit": (entry + timedelta(days=1)).isoformat(),
        "vehicle": "small",
    }
    return json.dumps(request).encode()


def print_rate(name: str, lines: list[bytes]) -> None:
    """Print the stays answered a second, the ceiling, and their ratio."""
    door = Door()
    answers = [json.loads(door.answer(request)) for request in lines[:100]]
    assert all(answer["amount"] > 0 for answer in answers)
    speed = len(lines) / best_of(lambda: Door().answer, lines)
    ceiling = len(lines) / best_of(lambda: lambda request: json.dumps(json.loads(request)), lines)
    print(f"{name}: {speed:,.0f} one-day stays/s ({ceiling:,.0f}/s ceiling, {speed / ceiling:.2f})")


def best_of(
    start_over: Callable[[], Callable[[bytes], object]], lines: Iterable[bytes], runs: int = 3
) -> float:
    """Return the seconds of the fastest of several runs, each with a fresh worker."""
    return min(seconds(start_over(), lines) for _ in range(runs))


def seconds(work: Callable[[bytes], object], lines: Iterable[bytes]) -> float:
    """Return the seconds that the work takes on all lines."""
    start = perf_counter()
    for request in lines:
        work(request)
    return perf_counter() - start


def print_long_stay(rounds: int) -> None:
    """Print the time per segment of a 60-day stay relative to a one-day stay."""
    tariff = parse_tariff(TARIFF)
    day, day_segments = timed(tariff, 1, rounds)
    long, long_segments = timed(tariff, 60, rounds)
    ratio = long / (day * long_segments / day_segments)
    print(
        f"one day: {day * 1e6:.0f} us in {day_segments} segments; 60 days: {long * 1e6:.0f} us in "
        f"{long_segments}; {ratio:.2f} of one day times the segments"
    )


def timed(tariff: Tariff, days: int, rounds: int) -> tuple[float, int]:
    """Return the best time to price a stay, in seconds, and the number of its segments."""
    best = float("inf")
    for _ in range(rounds):
        start = perf_counter()
        price(tariff, MONDAY, MONDAY + timedelta(days=days), vehicle="small")
        best = min(best, perf_counter() - start)
    origin = int(MONDAY.timestamp()) // 60
    cycles = lay_out(tariff, "small", whole_stay(origin, days * 1440)).cycles
    return best, sum(len(cycle.runs) for cycle in cycles)


if __name__ == "__main__":
    main()
