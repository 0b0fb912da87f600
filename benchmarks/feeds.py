"""Measure how soon a reviewed incident is on its way to authorities, also while some hang.

The benchmark starts a database and the process of the outbox in a temporary folder, and a receiver
on this machine with 20 addresses. Incidents are reviewed and sent at a steady rate, each to all 20,
and meanwhile a person is notified of each by mail. It prints the time from the review until the
first attempt at the addresses that answer, and until the mail server is asked to take the mail:
first while all addresses answer, which is the ceiling, then while five of them hang.

Usage: ``python benchmarks/feeds.py [--seconds 60] [--per-minute 1000] [--smoke]``
"""

import argparse
import os
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.gate_latency import percentile  # noqa: E402
from benchmarks.parts.running import running_appliance, use_settings  # noqa: E402
from benchmarks.parts.workers import Worker, running_workers  # noqa: E402
from tests import receiver  # noqa: E402
from tests.faults.appliance import Appliance  # noqa: E402
from tests.mail_server import SmtpServer  # noqa: E402
from tests.receiver import Received, Receiver, Reply  # noqa: E402

ENDPOINTS, HANGING = 20, 5
TARGET_S, PATIENCE_S = 2.0, 60.0
SEED = """
from datetime import timedelta
from core import clock
from core.models import Organisation, Site, User
from incidents.feeds import credentials
from incidents.models import FeedEndpoint
from people.models import Membership, Role
site = Site.objects.create(slug="bench", name="Bench", timezone="Asia/Shanghai", currency="CNY",
    organisation=Organisation.objects.create(name="Bench"), longitude=121.47, latitude=31.23)
actor, other = (
    User.objects.create(username=name, email=f"{{name}}@example.com", language="en")
    for name in ("officer", "manager"))
Membership.objects.create(user=actor, site=site, role=Role.objects.get(site=None, code="security"))
for number in range({endpoints}):
    endpoint = FeedEndpoint(site=site, name=f"feed {{number}}", kind="webhook",
        url=f"http://127.0.0.1:{port}/{{number}}", allowed_networks=["127.0.0.0/8"],
        legal_basis="bench", created_by=other, approved_by=actor, approved_at=clock.now(),
        valid_until=clock.now() + timedelta(days=1))
    credentials.renew(endpoint)
    endpoint.save()
"""
# Each incident is also a notification by mail: it has another lane of the same process.
SEND = """
import time
from core import clock
from core.models import Site, User
from core.notifications import Notice, notify
from core.notifications.channels import MAIL
from incidents import services
from incidents.feeds.dispatch import dispatch
site, actor = Site.objects.get(slug="bench"), User.objects.get(username="officer")
began = time.monotonic()
for number in range({messages}):
    time.sleep(max(0.0, began + number * {pause} - time.monotonic()))
    incident = services.raise_incident(
        site.pk, "intrusion", f"{name}:{{number}}", "severe", clock.now(), {{}})
    services.review(incident, actor, confirmed=True, reason="bench")
    incident.refresh_from_db()
    dispatch(incident, actor, "{name}")
    notify(Notice(kind="sign_in", severity="severe", group_key=f"{name}:{{number}}",
        recipients=[actor], site=None, title="new_browser", urgent=True,
        channels=frozenset({{MAIL}})))
"""
REVIEWED = """
SELECT message.public_id, min(review.at)
FROM incidents_feedmessage message JOIN incidents_review review USING (incident_id)
WHERE message.reason = %s GROUP BY 1
"""
MAILED = """
SELECT extract(epoch FROM sent_at - at)::float FROM core_notificationdelivery
JOIN core_notification notification ON notification.id = notification_id
WHERE channel = 'mail' AND sent_at IS NOT NULL AND starts_with(group_key, %s)
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


@dataclass(frozen=True)
class Bench:
    """What is measured: the appliance, who sends, and who receives.

    Attributes:
        worker: reviews and sends.
        messages: so many in each round.
        pause: seconds between two of them.
    """

    appliance: Appliance
    worker: Worker
    police: Receiver
    messages: int
    pause: float

    def measure(self) -> None:
        """Measure while all addresses answer, then while some hang, and print the figures."""
        self.worker.run(SEED.format(endpoints=ENDPOINTS, port=self.police.port))
        self.appliance.send_outbox("feeds", "notifications:8")
        self._send("start", 0, 1)
        before, beside = self._round("all answer", 0), self._round(f"{HANGING} hang", HANGING)
        later = 1000 * (beside - before)
        print(f"the slowest delivery is {later:+.0f} ms later beside {HANGING} that hang")

    def _round(self, name: str, hanging: int) -> float:
        """Send at a steady rate; print the figures, return the seconds of the slowest delivery."""
        began = time.monotonic()
        at = self._send(name, hanging, self.messages)
        took = time.monotonic() - began
        expected = self.messages * (ENDPOINTS - hanging)
        reviewed: dict[str, datetime] = dict(self.appliance.query(REVIEWED, [name]))
        waits = [when - reviewed[message].timestamp() for (_, message), when in at.items()]
        print(f"{name}: {len(waits)} of {expected} deliveries in {took:.0f} s")
        show("review to first attempt", waits)
        show("notified to mail taken", self._mails(name))
        return max(waits)

    def _send(self, name: str, hanging: int, messages: int) -> dict[tuple[str, str], float]:
        """Send so many messages; return when each arrived at each address that answers."""
        arrivals = Arrivals(hanging)
        self.police.answer = arrivals.answer
        self.worker.run(SEND.format(messages=messages, pause=self.pause, name=name))
        expected, ends = messages * (ENDPOINTS - hanging), time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if len(arrivals.at) == expected and len(self._mails(name)) == messages:
                break
            time.sleep(0.05)
        return arrivals.at

    def _mails(self, name: str) -> list[float]:
        """Return the seconds after which each mail of a round was taken."""
        return [took for (took,) in self.appliance.query(MAILED, [f"{name}:"])]


def show(title: str, waits: list[float]) -> None:
    """Print how long they waited."""
    half, most, longest = (percentile(waits, p) * 1e3 for p in (50, 99, 100))
    print(
        f"  {title}: p50 {half:.0f} ms, p99 {most:.0f} ms, longest {longest:.0f} ms "
        f"(at most {TARGET_S * 1e3:.0f})"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of each round")
    parser.add_argument("--per-minute", type=int, default=1000, help="deliveries to all endpoints")
    parser.add_argument("--smoke", action="store_true", help="a few messages: does it run at all?")
    options = parser.parse_args()
    messages = max(1, options.seconds * options.per_minute // (60 * ENDPOINTS))
    load = os.getloadavg()[0]
    mail = SmtpServer()
    with running_appliance() as appliance:
        appliance.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mail.port}"
        appliance.environment["GATEHOUSE_OUTGOING_PLAIN_HTTP"] = "1"
        use_settings(appliance.environment)
        with running_workers(1) as [worker], receiver.running() as police, mail:
            print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
            pause = 60 * ENDPOINTS / options.per_minute
            sent = 2 if options.smoke else messages
            Bench(appliance, worker, police, sent, pause).measure()


if __name__ == "__main__":
    main()
