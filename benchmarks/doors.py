"""Measure how long a person stands at a door whose reader asks the server.

The benchmark starts a database, a broker and the ingest process of gates in a temporary folder, and
registers people and households with 50,000 rights. Readers of our own protocol ask, one after
another:

1. **The decision alone**: collecting the facts and running the checks, as each passage has it, and
   the processor time of the whole process for a question.
2. **Broker to broker**: from the reader's question until a subscriber receives the answer, for the
   card of a resident and for the code of a visitor. Beside it stands an echo client on the same
   broker, which decides nothing: its rounds alternate with the doors', and it is the ceiling.
3. **A lost card**: from the report until each online door has refused it.

Usage: ``python benchmarks/doors.py [--rights 50000] [--questions 400] [--doors 20] [--smoke]``
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.gate_latency import TIMEOUT_S, echo_forever, percentile  # noqa: E402
from benchmarks.parts.door_world import SITE, World  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link import Session  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

ECHO_IN, ECHO_OUT = "bench/echo/in", "bench/echo/out"
# A person needs seconds for a door; here the server gets the time to store the last passage.
PAUSE_S = 0.03
OPEN, DENY = "open", "deny"
_ids = count(1)


class Readers:
    """The connection of all readers to the broker, which plays the echo's part, too."""

    def __init__(self, url: str) -> None:
        answers = [f"gh/v1/{SITE}/+/down/{answer}" for answer in (OPEN, DENY)]
        self._session = Session(url, "bench-readers", [*answers, ECHO_OUT])
        wait_for(
            lambda: bool(self._session.receive(0, 0.05)) or self._session.connected,
            "the readers connect",
        )

    def ask(self, reader: str, means: str, value: str) -> tuple[str, float]:
        """Ask about a credential; return the answer and the seconds until it came."""
        body = {
            "v": 1,
            "id": f"r-{next(_ids)}",
            "at": datetime.now(UTC).isoformat(),
            "type": "credential",
            "ask": True,
            "means": means,
            "value": value,
            "direction": "in",
        }
        topic = f"gh/v1/{SITE}/{reader}"
        answers = {f"{topic}/down/{answer}": answer for answer in (OPEN, DENY)}
        said, took = self._round_trip(f"{topic}/up/event", json.dumps(body).encode(), answers)
        self._session.receive(0, PAUSE_S)
        return said, took

    def echo(self) -> float:
        """Return the seconds of one echo."""
        _said, took = self._round_trip(ECHO_IN, b"x" * 500, {ECHO_OUT: ""})
        self._session.receive(0, PAUSE_S / 10)
        return took

    def _round_trip(self, topic: str, payload: bytes, answers: dict[str, str]) -> tuple[str, float]:
        began = time.perf_counter()
        self._session.publish(topic, payload)
        while time.perf_counter() < began + TIMEOUT_S:
            for message in self._session.receive(10, TIMEOUT_S):
                self._session.ack([message])
                if message.topic in answers:
                    return answers[message.topic], time.perf_counter() - began
        raise TimeoutError(f"no message on any of {sorted(answers)}")


class Bench:
    """A running appliance with its world, and the measurements on it.

    Attributes:
        visitors: their codes, each with a reader.
    """

    def __init__(self, appliance: Appliance, rights: int, doors: int, visitors: int) -> None:
        self._appliance = appliance
        self._world = World(rights, doors)
        self.visitors = self._world.visitors(visitors)
        appliance.execute("ANALYZE")
        gates = appliance.ingest("gates").process
        assert gates is not None
        self._gates = psutil.Process(gates.pid)
        wait_for(lambda: " listens at " in appliance.log_of("gates"), "gates is subscribed")
        self._readers = Readers(appliance.mqtt_url)
        self._residents = self._world.residents()
        print(f"{self._world.rights:,} rights of {len(self._world.cards):,} people, {doors} doors")

    def measure(self, title: str, means: str, asked: Iterable[tuple[str, str]]) -> None:
        """Ask about credentials and let the echo answer in turns; print their times."""
        times: list[float] = []
        echoes: list[float] = []
        last = self._appliance.number("SELECT coalesce(max(id), 0) FROM doors_doorpassage")
        used = self._processor_s()
        for reader, value in asked:
            answer, took = self._readers.ask(reader, means, value)
            if answer != OPEN:
                raise AssertionError(f"{title}: the door was not opened")
            times.append(took)
            echoes.append(self._readers.echo())
        used = (self._processor_s() - used) / len(times)
        wait_for(lambda: self._passages_after(last) == len(times), "the passages are stored")
        self._print(title, times, echoes)
        self._print_decision(title, last, used)

    def lose_card(self) -> None:
        """Report a card lost that opens every door, and print when the last one refuses it."""
        from doors.services import report_lost

        card, number = self._world.open_everywhere()
        readers = self._world.readers
        for reader in readers:
            if self._readers.ask(reader, "card", number)[0] != OPEN:
                raise AssertionError("the card opens each door before it is lost")
        began = time.perf_counter()
        report_lost(card, "bench")
        refused = [self._readers.ask(reader, "card", number)[0] == DENY for reader in readers]
        took = time.perf_counter() - began
        print(
            f"lost card refused at {sum(refused)} of {len(readers)} doors,"
            f" one after another: {took:.2f} s"
        )

    def residents(self, number: int) -> Iterable[tuple[str, str]]:
        """Return so many residents who have not come yet."""
        return islice(self._residents, number)

    def _processor_s(self) -> float:
        used = self._gates.cpu_times()
        return used.user + used.system

    def _passages_after(self, last: int) -> int:
        return self._appliance.number(
            "SELECT count(*) FROM doors_doorpassage WHERE id > %s", [last]
        )

    def _print(self, title: str, times: list[float], echoes: list[float]) -> None:
        ceiling = percentile(echoes, 50)
        for name, taken in ((title, times), ("echo", echoes)):
            p50, p99, most = (percentile(taken, p) * 1000 for p in (50, 99, 100))
            print(
                f"{name:<22} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  most {most:7.2f} ms"
                f"  {percentile(taken, 50) / ceiling:5.1f} echoes  n={len(taken)}"
            )

    def _print_decision(self, title: str, last: int, used: float) -> None:
        rows = self._appliance.query("SELECT took_us FROM doors_doorpassage WHERE id > %s", [last])
        took = [row[0] / 1000 for row in rows]
        print(
            f"{title + ', decision alone':<22} p50 {percentile(took, 50):.2f} ms"
            f"  p99 {percentile(took, 99):.2f} ms,"
            f" processor time of a whole question {used * 1000:.2f} ms"
        )


def main() -> None:
    """Run the benchmark, or one of the processes that it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rights", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=400, help="for each means")
    parser.add_argument("--doors", type=int, default=20)
    parser.add_argument("--smoke", action="store_true", help="two questions: does it run at all?")
    parser.add_argument("--echo", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.echo:
        echo_forever(options.echo)
    elif options.smoke:
        run(rights=20, questions=2, doors=2)
    else:
        run(options.rights, options.questions, options.doors)


def run(rights: int, questions: int, doors: int) -> None:
    """Measure an appliance that is started for it, and print the figures."""
    import django

    with running_appliance() as appliance:
        django.setup()
        echo = subprocess.Popen([sys.executable, __file__, "--echo", appliance.mqtt_url])
        try:
            bench = Bench(appliance, rights, doors, questions)
            warming = min(20, questions)
            bench.measure("warming up", "card", bench.residents(warming))
            bench.measure("card", "card", bench.residents(questions))
            bench.measure("visitor's code", "qr", bench.visitors)
            bench.lose_card()
        finally:
            echo.terminate()
            echo.wait()


if __name__ == "__main__":
    main()
