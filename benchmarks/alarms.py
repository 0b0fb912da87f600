"""Measure what alarm rules cost the telemetry stream, and how soon an incident is on its way.

The benchmark starts a database, a broker and the ingest process in a temporary folder. 200 devices
publish messages of six metrics with QoS 1 as fast as the broker accepts them, by turns without
rules and with 200 rules, of which five watch each message: three thresholds with a duration (one
rule in ten is exceeded all the time), a rate of change, and one for silence. It prints messages a
second until the last row is committed, the median of the rounds, and the processor time of the
ingest process.

Then single messages exceed a threshold while nothing else is sent. It prints the time from
publishing until the notification of open pages, and until the page of a guard on duty, notified by
its WebSocket, has asked the web server what to sound and is answered.

Usage: ``python benchmarks/alarms.py [--messages 60000] [--rounds 3] [--smoke]``
"""

import argparse
import os
import select
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

import psycopg2  # noqa: E402

from benchmarks.ingest import DEVICES, OURS, Bench  # noqa: E402
from benchmarks.parts import flood  # noqa: E402
from benchmarks.parts.alarm_page import AlarmPage  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from core.live import CHANNEL  # noqa: E402
from devices.link.address import Address  # noqa: E402
from tests.faults.appliance import Appliance  # noqa: E402

METRICS, RULES, OF_A_MESSAGE = 6, 200, 5
REFRESHED_S = 1.5  # each process compares the rules' revision once a second
TARGET = 0.75
TARGET_S = 1.0
ADD = f"""
from core.models import Site, User
from devices.models import Device
from incidents.alarms import editing
site = Site.objects.get(slug="{flood.SITE}")
user, _created = User.objects.get_or_create(username="bench")
devices = list(Device.objects.filter(site=site).order_by("pk"))
share = len(devices) * {OF_A_MESSAGE} // {RULES}
def threshold(n, metric):
    limit = 0 if n % 10 == 0 else 1e9
    return {{"type": "threshold", "kind": f"telemetry.metric.{{metric}}", "field": "value",
        "above": True, "limit": limit, "lasting_s": 60}}
def condition(n):
    turn = n * {OF_A_MESSAGE} // {RULES}
    if turn < 3:
        return threshold(n, turn)
    if turn == 3:
        return {{"type": "rate", "kind": "telemetry.metric.3", "field": "value", "rises": True,
            "amount": 1e9, "within_s": 60}}
    return {{"type": "absence", "kind": "telemetry.metric.4", "lasting_s": 3600}}
for n in range({RULES}):
    first = n * share % len(devices)
    values = editing.Values(f"rule {{n}}", "minor", {{"condition": condition(n)}},
        devices=devices[first:first + share])
    editing.enable_rule(editing.add_rule(site, user, values), user)
"""
ALERT = f"""
from core.models import Site, User
from incidents.alarms import editing
condition = {{"type": "threshold", "kind": "telemetry.alert", "field": "value", "above": True,
    "limit": 0, "clear": 0, "lasting_s": 0}}
values = editing.Values("alert", "severe", {{"condition": condition}})
user = User.objects.get(username="bench")
rule = editing.add_rule(Site.objects.get(slug="{flood.SITE}"), user, values)
editing.enable_rule(rule, user)
"""


class Stream(Bench):
    """The stream of telemetry, dated now: what is older than a few minutes counts as late."""

    def rate(self) -> tuple[float, float]:
        """Return messages a second, and CPU seconds of the ingest process for each."""
        self._begin = max(self._begin + timedelta(minutes=1), datetime.now(UTC))
        rate, costs = self._flood(METRICS, self._messages)
        return rate, costs["ingest"]


def enable(appliance: Appliance, *, enabled: bool) -> None:
    """Enable or disable all rules at once, and wait until the process knows it."""
    since = f"'{datetime.now(UTC).isoformat()}'" if enabled else "NULL"
    appliance.execute("DELETE FROM incidents_alarmstate")
    appliance.execute(
        f"UPDATE incidents_alarmrule SET enabled = {enabled}, watch_from = {since}"  # noqa: S608
    )
    time.sleep(REFRESHED_S)


def measure_stream(appliance: Appliance, messages: int, rounds: int) -> None:
    """Measure the stream without and with rules by turns, and print the figures."""
    stream = Stream(appliance, messages)
    appliance.manage("shell", "--command", ADD)
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for _ in range(rounds):
        for enabled in found:
            enable(appliance, enabled=enabled)
            found[enabled].append(stream.rate())
    states = appliance.number("SELECT count(*) FROM incidents_alarmstate")
    rates = {key: statistics.median(rate for rate, _cost in each) for key, each in found.items()}
    costs = {key: statistics.median(cost for _rate, cost in each) for key, each in found.items()}
    for key, name in ((False, "without rules"), (True, f"with {RULES} rules")):
        print(f"{name}: {rates[key]:,.0f} msg/s, {costs[key] * 1e6:.1f} processor µs a message")
    share = rates[True] / rates[False]
    print(f"  {share:.2f} of the rate (at least {TARGET}), {states} states")


def measure_alerts(appliance: Appliance, number: int) -> None:
    """Measure the time from a message to the notification of open pages, and print it."""
    appliance.manage("shell", "--command", ALERT)
    time.sleep(REFRESHED_S)
    listening = psycopg2.connect(appliance.environment["DATABASE_URL"])
    listening.autocommit = True
    with listening.cursor() as cursor:
        cursor.execute(f'LISTEN "{CHANNEL}"')
    link = flood.connect(Address.of(appliance.mqtt_url), "alerts")
    took = sorted(_alert(link, listening, device) for device in range(number))
    listening.close()
    print(
        f"message to notification of open pages: median {statistics.median(took) * 1e3:.0f} ms, "
        f"p99 {took[int(len(took) * 0.99)] * 1e3:.0f} ms (at most {TARGET_S * 1e3:.0f})"
    )


def measure_sounds(appliance: Appliance, first: int, number: int) -> None:
    """Measure the time from a message to what an open page sounds, and print it."""
    page, link = AlarmPage(appliance), flood.connect(Address.of(appliance.mqtt_url), "sounds")
    took = sorted(
        page.seconds_until_sound(lambda device=device: _publish_alert(link, device))  # type: ignore[misc]
        for device in range(first, first + number)
    )
    page.close()
    print(
        f"message to the sound of an open page: median {statistics.median(took) * 1e3:.0f} ms, "
        f"p99 {took[int(len(took) * 0.99)] * 1e3:.0f} ms (at most {TARGET_S * 1e3:.0f})"
    )


def _publish_alert(link: object, device: int) -> None:
    """Publish a value above the limit."""
    at = datetime.now(UTC).isoformat()
    body = f'{{"v": 1, "id": "a{device}", "at": "{at}", "m": {{"alert": 1}}}}'
    topic = flood.text(flood.topic_of(OURS, device))
    flood.publish(link, [flood.packet(0x32, topic, b"\0\1", body.encode())])


def _alert(link: object, listening: object, device: int) -> float:
    """Publish a value above the limit; return the seconds until its incident is announced."""
    began = time.perf_counter()
    _publish_alert(link, device)
    while True:
        select.select([listening], [], [], 10)
        listening.poll()
        payloads = [notify.payload for notify in listening.notifies]
        listening.notifies.clear()
        if any('"topic":"incident"' in each for each in payloads):
            return time.perf_counter() - began
        assert time.perf_counter() < began + 20, "no incident was announced"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="one small round: does it run at all?")
    options = parser.parse_args()
    messages, rounds = (2 * DEVICES, 1) if options.smoke else (options.messages, options.rounds)
    load = os.getloadavg()[0]
    with running_appliance() as appliance:
        print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
        measure_stream(appliance, messages, rounds)
        number = 3 if options.smoke else 100
        measure_alerts(appliance, number)
        measure_sounds(appliance, number, number)


if __name__ == "__main__":
    main()
