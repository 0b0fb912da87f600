"""Measure how soon a reviewed incident is on its way to authorities, also while some hang.

The benchmark starts a database and the process of the feeds in a temporary folder, and a receiver
on this machine with 20 addresses, of which 5 never answer. Incidents are reviewed and sent at a
steady rate, each to all 20. It prints the time from the review's commit to the first attempt at the
addresses that answer, and the rate of deliveries.

Usage: ``python benchmarks/feeds.py [--seconds 60] [--per-minute 1000] [--smoke]``
"""

import argparse
import os
import statistics
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import running_appliance  # noqa: E402
from tests import receiver  # noqa: E402
from tests.faults.appliance import Appliance  # noqa: E402
from tests.receiver import Received, Receiver, Reply  # noqa: E402

ENDPOINTS, HANGING = 20, 5
TARGET_S = 2.0
SEED = """
from datetime import timedelta
from core import clock
from core.models import Organisation, Site, User
from incidents.feeds import credentials
from incidents.models import FeedEndpoint
from people.models import Membership, Role
site = Site.objects.create(slug="bench", name="Bench", timezone="Asia/Shanghai", currency="CNY",
    organisation=Organisation.objects.create(name="Bench"), longitude=121.47, latitude=31.23)
actor, other = (User.objects.create(username=name) for name in ("officer", "manager"))
Membership.objects.create(user=actor, site=site, role=Role.objects.get(site=None, code="security"))
for number in range({endpoints}):
    endpoint = FeedEndpoint(site=site, name=f"feed {{number}}", kind="webhook",
        url=f"http://127.0.0.1:{port}/{{number}}", allowed_networks=["127.0.0.0/8"],
        legal_basis="bench", created_by=other, approved_by=actor, approved_at=clock.now(),
        valid_until=clock.now() + timedelta(days=1))
    credentials.renew(endpoint)
    endpoint.save()
"""
SEND = """
import time
from core import clock
from core.models import Site, User
from incidents import services
from incidents.feeds.dispatch import dispatch
site, actor = Site.objects.get(slug="bench"), User.objects.get(username="officer")
began = time.monotonic()
for number in range({messages}):
    time.sleep(max(0.0, began + number * {pause} - time.monotonic()))
    incident = services.raise_incident(
        site.pk, "intrusion", f"bench:{{number}}", "severe", clock.now(), {{}})
    services.review(incident, actor, confirmed=True, reason="bench")
    incident.refresh_from_db()
    dispatch(incident, actor, "bench")
"""
CREATED = """
SELECT message.public_id, min(delivery.created_at)
FROM incidents_delivery delivery JOIN incidents_feedmessage message ON message.id = message_id
GROUP BY 1
"""


class Arrivals:
    """When each message arrived at the addresses that answer."""

    def __init__(self, hanging: int) -> None:
        self._hanging = {f"/{number}" for number in range(hanging)}
        self.at: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def answer(self, request: Received) -> Reply:
        """Note a request that is answered; leave the others without an answer."""
        if request.path in self._hanging:
            return Reply(hangs=True)
        with self._lock:
            self.at.setdefault((request.path, request.headers["webhook-id"]), time.time())
        return Reply(204)


def measure(appliance: Appliance, police: Receiver, messages: int, per_minute: int) -> None:
    """Send at a steady rate, and print the figures."""
    arrivals = Arrivals(HANGING)
    police.answer = arrivals.answer
    seed = SEED.format(endpoints=ENDPOINTS, port=police.port)
    appliance.manage("shell", "--command", seed)
    appliance.environment["GATEHOUSE_OUTGOING_PLAIN_HTTP"] = "1"
    appliance.send_outbox("feeds")
    pause = 60 * ENDPOINTS / per_minute
    began = time.monotonic()
    appliance.manage("shell", "--command", SEND.format(messages=messages, pause=pause))
    expected = messages * (ENDPOINTS - HANGING)
    while len(arrivals.at) < expected and time.monotonic() < began + 60 + messages * pause:
        time.sleep(0.05)
    took = time.monotonic() - began
    created: dict[str, datetime] = dict(appliance.query(CREATED))
    waits = sorted(
        at - created[message].timestamp() for (_path, message), at in arrivals.at.items()
    )
    print(f"{len(waits)} of {expected} deliveries in {took:.0f} s, {HANGING} endpoints hang")
    print(
        f"review to first attempt: median {statistics.median(waits) * 1e3:.0f} ms, "
        f"p99 {waits[int(len(waits) * 0.99)] * 1e3:.0f} ms, longest {waits[-1] * 1e3:.0f} ms "
        f"(at most {TARGET_S * 1e3:.0f})"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-minute", type=int, default=1000, help="deliveries to all endpoints")
    parser.add_argument("--smoke", action="store_true", help="a few messages: does it run at all?")
    options = parser.parse_args()
    messages = max(1, options.seconds * options.per_minute // (60 * ENDPOINTS))
    load = os.getloadavg()[0]
    with running_appliance() as appliance, receiver.running() as police:
        print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
        measure(appliance, police, 2 if options.smoke else messages, options.per_minute)


if __name__ == "__main__":
    main()
