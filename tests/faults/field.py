"""Simulated meters that report at a steady rate, also while the broker is away.

They follow the rule of docs/devices.md: messages that can't be sent are queued, and those that the
broker acknowledged in the last seconds before the connection broke are sent again.
"""

import json
import os
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from devices.link import Address
from devices.simulator.fleet import Fleet, Line, Manners
from devices.simulator.scenario import Address as Broker
from devices.simulator.scenario import Device
from devices.simulator.speech import Message
from tests.faults.appliance import Appliance

RATE = int(os.environ.get("GATEHOUSE_FAULT_RATE", "300"))  # messages a second, of all meters
SEED = int(os.environ.get("GATEHOUSE_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
METERS = 10
POLL_S = 0.01
REGISTER = f"""
from tests.factories import DeviceFactory, SiteFactory
site = SiteFactory(slug="lakeside")
for n in range({METERS}):
    DeviceFactory(site=site, code=f"meter-{{n}}", kind="meter", driver="gatehouse")
"""
ROWS = """
SELECT d.code, m.name, at, value FROM telemetry_measurement
JOIN devices_device d ON d.id = device_id JOIN telemetry_metric m ON m.id = metric_id
"""


@dataclass
class Field:
    """The meters, driven by one thread from `start` to `stop`."""

    appliance: Appliance
    rate: int = RATE
    sent: int = 0
    _begin: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    )

    def start(self) -> None:
        """Connect the meters and start to report."""
        address = Address.of(self.appliance.mqtt_url)
        where = Broker(address.host, address.port)
        self._lines = [
            Line(
                where,
                Device(
                    f"meter-{n}",
                    "meter",
                    "gatehouse",
                    address.username or "",
                    address.password or "",
                ),
                Manners(listens=f"gh/v1/lakeside/meter-{n}/down/#"),
                most_waiting=1_000_000,
            )
            for n in range(METERS)
        ]
        self._fleet = Fleet(self._lines)
        self._quiet, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="field")
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Return whether every meter is connected."""
        return self._fleet.ready

    def fall_silent(self) -> None:
        """Stop reporting; queued messages are still sent."""
        self._quiet.set()

    def stop(self) -> None:
        """Disconnect from the broker."""
        self._over.set()
        self._thread.join()
        self._fleet.close()

    def rows(self) -> set[tuple[str, str, datetime, float]]:
        """Return the rows that the table must hold for all messages."""
        return {
            (f"meter-{n % METERS}", metric, self._at(n), value)
            for n in range(self.sent)
            for metric, value in _values(n).items()
        }

    def _run(self) -> None:
        began = time.monotonic()
        while not self._over.is_set():
            if not self._quiet.is_set():
                due = int((time.monotonic() - began) * self.rate) + 1
                self._fleet.publish(map(self._message, range(self.sent, due)))
                self.sent = due
            self._fleet.poll(POLL_S)

    def _message(self, n: int) -> Message:
        device = f"meter-{n % METERS}"
        body = {"v": 1, "id": n, "at": self._at(n).isoformat(), "m": _values(n)}
        topic = f"gh/v1/lakeside/{device}/up/telemetry"
        return Message(device, topic, json.dumps(body).encode())

    def _at(self, n: int) -> datetime:
        return self._begin + timedelta(milliseconds=n // METERS)


def _values(n: int) -> dict[str, float]:
    return {"count": float(n), "half": n / 2}
