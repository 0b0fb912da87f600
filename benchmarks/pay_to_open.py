"""Measure the time from a paid webhook to the open command, as a driver waits for it.

The benchmark starts a database, a broker and the appliance's own web, gates and jobs processes in a
temporary folder, and a stand-in for Stripe. Cars that owe money arrive at an exit one after
another, their drivers begin a checkout and pay. The time runs from posting Stripe's signed event
until a subscriber of the broker receives the barrier's open command: the webhook commits the money,
and the fast queue delivers the event that lets the car out.

Printed as well: the time until the webhook is answered, which is the part of the money alone.

Usage: ``python benchmarks/pay_to_open.py [--cars 100] [--smoke]``
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link import Session  # noqa: E402
from tests.fake_stripe import FakeStripe  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

SITE, CAMERA, BARRIER = "bench", "exit-camera", "exit-arm"
COMMAND = f"gh/v1/{SITE}/{BARRIER}/down/command"
GOAL_MS = 300
TIMEOUT_S = 10.0
# In reality a driver pays seconds after the plate was read: give the exit time to decide first.
PAUSE_S = 0.05
WARM_UP = 5
_ids = count(1)


class Exit:
    """An exit lane on the broker, and the drivers that pay there."""

    def __init__(self, appliance: Appliance, stripe: FakeStripe) -> None:
        self._appliance, self._stripe = appliance, stripe
        self._session = Session(appliance.mqtt_url, "bench-exit", [COMMAND])
        wait_for(
            lambda: bool(self._session.receive(0, 0.05)) or self._session.connected, "it listens"
        )

    def car(self, plate: str) -> tuple[float, float]:
        """Let a car arrive, pay and leave.

        Returns:
            Seconds until the webhook was answered, and until the open command arrived.
        """
        self._publish(CAMERA, "event", type="plate", plate=plate, confidence=0.99)
        wait_for(lambda: self._waits(plate), f"{plate} waits for its payment")
        self._begin_checkout(plate)
        body, signature = self._stripe.signed(self._stripe.pay())
        began = time.perf_counter()
        self._post(body, signature)
        answered = time.perf_counter() - began
        command = self._next_command()
        opened = time.perf_counter() - began
        self._publish(BARRIER, "ack", cmd_id=command["cmd_id"], ok=True)
        self._publish(CAMERA, "event", type="passed")
        self._session.receive(0, PAUSE_S)
        return answered, opened

    def _publish(self, device: str, channel: str, **fields: object) -> None:
        message = {"v": 1, "id": f"b{next(_ids)}", "at": datetime.now(UTC).isoformat(), **fields}
        payload = json.dumps(message).encode()
        self._session.publish(f"gh/v1/{SITE}/{device}/up/{channel}", payload)
        self._session.receive(0, PAUSE_S)

    def _waits(self, plate: str) -> bool:
        waiting = "SELECT count(*) FROM access_passage WHERE plate = %s AND state = 'unpaid'"
        return self._appliance.number(waiting, [plate]) > 0

    def _begin_checkout(self, plate: str) -> None:
        from billing.services import begin_checkout
        from parking.charges import charge_of
        from parking.models import Stay

        charge = charge_of(Stay.objects.get(plate=plate))
        begin_checkout(charge, email="", language="en", return_url="https://park.example/")

    def _post(self, body: bytes, signature: str) -> None:
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        plan = self._appliance.plan
        connection = HTTPConnection(plan.web_host, plan.web_port, timeout=TIMEOUT_S)
        connection.request("POST", "/hooks/stripe/", body, headers)
        assert connection.getresponse().status == 200
        connection.close()

    def _next_command(self) -> dict[str, object]:
        deadline = time.perf_counter() + TIMEOUT_S
        while time.perf_counter() < deadline:
            for message in self._session.receive(10, TIMEOUT_S):
                self._session.ack([message])
                if message.topic == COMMAND:
                    return json.loads(message.payload)
        raise TimeoutError("no open command arrived")


def register(cars: int) -> list[str]:
    """Create the exit lane and the stays of so many cars; return their plates."""
    from core import clock
    from parking.charges import begin_charge
    from tests.factories import (
        DeviceFactory,
        GateFactory,
        LaneFactory,
        LotFactory,
        SiteFactory,
        StayFactory,
        TariffFactory,
    )

    site = SiteFactory(slug=SITE)
    lot = LotFactory(site=site, capacity=100_000)
    tariff = TariffFactory(lot=lot)
    own = {"site": site, "serial": None, "driver": "gatehouse"}
    camera = DeviceFactory(code=CAMERA, **own)
    barrier = DeviceFactory(code=BARRIER, kind="barrier", **own)
    gate = GateFactory(site=site)
    LaneFactory(gate=gate, lot=lot, camera=camera, barrier=barrier, direction="exit")
    plates = [f"沪B{number:05d}" for number in range(cars)]
    entered = clock.now() - timedelta(minutes=90)
    for plate in plates:
        begin_charge(StayFactory(lot=lot, tariff=tariff, plate=plate, entered_at=entered))
    return plates


@contextmanager
def running_exit(cars: int) -> Iterator[tuple[Exit, list[str]]]:
    """Start everything that stands between a webhook and a barrier."""
    with FakeStripe() as stripe, running_appliance() as appliance:
        account = {
            "STRIPE_API_KEY": "sk_test_bench",
            "STRIPE_API_BASE": stripe.url,
            "STRIPE_WEBHOOK_SECRET": stripe.secret,
        }
        appliance.environment |= account
        use_account(account)
        plates = register(cars)
        appliance.ingest("gates")
        appliance.run_jobs("fast")
        appliance.serve_web()
        wait_for(lambda: " listens at " in appliance.log_of("gates"), "gates listens")
        wait_for(lambda: _answers(appliance), "the web server answers")
        yield Exit(appliance, stripe), plates


def use_account(account: dict[str, str]) -> None:
    """Start Django in this process, with the account at the stand-in."""
    import os

    import django

    os.environ |= account
    django.setup()


def _answers(appliance: Appliance) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((appliance.plan.web_host, appliance.plan.web_port)) == 0


def percentile(values: list[float], p: float) -> float:
    """Return the smallest value that p percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * p // 100).__int__() - 1)]


def report(title: str, seconds: list[float]) -> None:
    """Print the percentiles of a time."""
    p50, p95, most = (percentile(seconds, p) * 1000 for p in (50, 95, 100))
    print(f"{title:<24} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  most {most:7.1f} ms")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, default=100)
    parser.add_argument("--smoke", action="store_true", help="measure two cars only")
    options = parser.parse_args()
    warm_up, cars = (1, 2) if options.smoke else (WARM_UP, options.cars)
    with running_exit(warm_up + cars) as (lane, plates):
        times = [lane.car(plate) for plate in plates][warm_up:]
    report("webhook answered", [answered for answered, _ in times])
    report("webhook to open command", [opened for _, opened in times])
    print(f"goal: p95 of webhook to open command at most {GOAL_MS} ms; {len(times)} cars")


if __name__ == "__main__":
    main()
