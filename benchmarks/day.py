"""Check that a day at a car park ends in the same stays and the same money in three orders.

Cars come and go through the services, on a database of its own: each read, movement and payment is
delivered as an event. The same day is played on three lots:

- in order, each event when it happened,
- shuffled: each event arrives up to 40 seconds late,
- exits first: all reports of the exits, then those of the entries, then the payments.

Usage: ``python benchmarks/day.py [--passages 2000] [--seed 1] [--smoke]``
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import database, use_settings  # noqa: E402

DAY = 86_400
MOST_LATE = 40
# Time from an exit's read to the payment, and to the car's passing: longer than any delay.
PAYS_AFTER, PASSES_AFTER = 45, 90


def day_of(passages: int, seed: int) -> list[Any]:
    """Return the events of a day with so many passages, by time."""
    from tests.parking.histories import Moved, Paid, Seen

    chance = random.Random(seed)
    events: list[Any] = []
    for number in range(passages // 2):
        # Plates of neighbours look alike, and some cars come twice.
        plate = f"沪{chance.choice('AB8')}{number % (passages // 3 + 1):04d}{chance.choice('D0')}"
        entered = chance.randrange(0, DAY // 2)
        left = entered + chance.choice((300, 1_000, 4_000, 9_000, 30_000)) + chance.randrange(900)
        lane, exit_lane = chance.choice(("in", "in2")), chance.choice(("out", "out2"))
        events += [Seen(entered, lane, plate), Moved(entered + 6, lane, "passed", plate)]
        if chance.random() < 0.05:
            events[-1] = Moved(entered + 9, lane, "turned_back", plate, by_barrier=True)
        events += [
            Seen(left, exit_lane, plate),
            Paid(left + PAYS_AFTER, plate, 1_000_000),
            Moved(left + PASSES_AFTER, exit_lane, "passed", plate),
        ]
    return sorted(events, key=lambda each: each.at)


def orders(events: Sequence[Any], seed: int) -> dict[str, list[tuple[float, Any]]]:
    """Return the events in three orders, each with the second in which it arrives."""
    from tests.parking.histories import Paid

    chance = random.Random(seed)
    late = [(each.at + chance.uniform(0, MOST_LATE), each) for each in events]

    def rank(event: Any) -> tuple[int, int]:
        if isinstance(event, Paid):
            return 2, event.at
        return (0 if event.lane.startswith("out") else 1), event.at

    return {
        "in order": [(each.at, each) for each in events],
        "shuffled within 40 s": sorted(late, key=lambda pair: pair[0]),
        "exits first": [(2 * DAY, each) for each in sorted(events, key=rank)],
    }


def play(events: Sequence[tuple[float, Any]]) -> tuple[dict[str, Any], float]:
    """Play a day on a lot of its own; return what it ended in, and the CPU seconds used."""
    from core import clock
    from tests.parking.histories import Lot, at

    def set_clock(now: datetime) -> None:
        clock.now = lambda: now

    lot = Lot(set_clock, capacity=100_000)
    before = time.process_time()
    for second, event in events:
        lot.deliver(event, at(0) + timedelta(seconds=second))
    return lot.outcome(), time.process_time() - before


def main() -> None:
    """Play the day in each order, and print how many stays differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="forty passages")
    options = parser.parse_args()
    with database() as url:
        use_settings({"DATABASE_URL": url})
        run(40 if options.smoke else options.passages, options.seed)


def run(passages: int, seed: int) -> None:
    """Compare the outcomes of the three orders."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    events = day_of(passages, seed)
    expected: dict[str, Any] | None = None
    for name, order in orders(events, seed).items():
        found, cpu = play(order)
        expected = expected or found
        differing = [each for each in found["stays"] if each not in expected["stays"]]
        missing = len(expected["stays"]) - len(found["stays"])
        money = sum(each["paid"] for each in found["stays"])
        print(
            f"{name:<22} {len(found['stays'])} stays, {len(differing)} differing,"
            f" {missing} missing, paid {money}, due for refund {found['owed_back']},"
            f" CPU {cpu:.1f} s"
        )
        for each in differing[:5]:
            print(f"  {each}")
        if found != expected:
            print("  the outcome differs from the one in order")


if __name__ == "__main__":
    main()
