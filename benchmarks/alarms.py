"""Measure what alarm rules cost the telemetry stream, and how soon an incident is on its way.

The benchmark starts a database, a broker and the ingest process in a temporary folder. 200 devices
publish messages of six metrics with QoS 1 as fast as the broker accepts them, by turns without
rules and with 200 rules, of which five watch each message: three thresholds with a duration (one
rule in ten is exceeded all the time), a rate of change, and one for silence. It prints messages a
second until the last row is committed, the median of the rounds, and the processor time of the
ingest process.

Then single messages exceed a threshold. It prints the time from publishing until the notification
of open pages, and until the page of a guard on duty, notified by its WebSocket, has asked the web
server what to sound and is answered: while nothing else is sent, and beside 1,000 messages a second
that the 200 rules watch. The ceiling is the time of a mere announcement to the same page.

At last eight processes raise one event 500 times: one incident must have counted them all. The
ceiling is the rate at which eight processes count in one row and log it.

Usage: ``python benchmarks/alarms.py [--messages 60000] [--rounds 3] [--alarms 200] [--smoke]``
"""

import argparse
import os
import select
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

import psycopg2  # noqa: E402

from benchmarks.gate_latency import percentile  # noqa: E402
from benchmarks.ingest import DEVICES, OURS, Bench  # noqa: E402
from benchmarks.parts import flood, steady  # noqa: E402
from benchmarks.parts.alarm_page import AlarmPage  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from benchmarks.parts.workers import RAISE, Worker, running_workers, seconds  # noqa: E402
from core.live import CHANNEL  # noqa: E402
from devices.link.address import Address  # noqa: E402
from tests.faults.appliance import Appliance  # noqa: E402

METRICS, RULES, OF_A_MESSAGE = 6, 200, 5
EVENTS, PROCESSES = 500, 8
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
condition = {{{{"type": "threshold", "kind": "telemetry.{{metric}}", "field": "value",
    "above": True, "limit": 0, "clear": 0, "lasting_s": 0}}}}
values = editing.Values("{{metric}}", "severe", {{{{"condition": condition}}}})
user = User.objects.get(username="bench")
rule = editing.add_rule(Site.objects.get(slug="{flood.SITE}"), user, values)
editing.enable_rule(rule, user)
"""
ANNOUNCE = f"""
SELECT pg_notify(%s, json_build_object('site', id, 'topic', 'incident', 'ids', json_build_array(0))
    ::text) FROM core_site WHERE slug = '{flood.SITE}'
"""  # noqa: S608 - a constant
# As little as an event that is counted can write: a row that counts, and one of its log.
COUNTER = """
CREATE TABLE counter (n int);
CREATE TABLE counted (at timestamptz, data jsonb);
INSERT INTO counter VALUES (0)
"""
COUNT = """
from django.db import connection
with connection.cursor() as cursor:
    for _ in range({times}):
        cursor.execute("WITH c AS (UPDATE counter SET n = n + 1)"
            " INSERT INTO counted VALUES (now(), '{{}}')")
"""
STORM = "SELECT count(*), sum(occurrences) FROM incidents_incident WHERE source = 'bench:storm'"


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


def measure_stream(appliance: Appliance, worker: Worker, messages: int, rounds: int) -> None:
    """Measure the stream without and with rules by turns, and print the figures."""
    stream = Stream(appliance, messages)
    worker.run(ADD)
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


def measure_alerts(appliance: Appliance, worker: Worker, number: int) -> None:
    """Measure the time from a message to the notification of open pages, and print it."""
    add_alert(worker, "alert")
    listening = connect(appliance)
    with listening.cursor() as cursor:
        cursor.execute(f'LISTEN "{CHANNEL}"')
    link = flood.connect(Address.of(appliance.mqtt_url), "alerts")
    took = [_alert(link, listening, device) for device in range(number)]
    listening.close()
    show("message to notification of open pages", took)


def measure_pages(appliance: Appliance, worker: Worker, number: int, rate: int) -> None:
    """Measure the time from a message to what an open page sounds, and print it.

    Beside it stands the time of a mere announcement to the same page: no alarm can be there
    before. Then the devices send telemetry at that rate, each message watched by five rules.
    """
    page = AlarmPage(appliance, worker)
    announcing = connect(appliance)
    channel = [page.seconds_until_bundle(lambda: announce(announcing)) for _ in range(number)]
    show("announcement to an open page (ceiling)", channel)
    measure_sounds(appliance, worker, page, "alarm", number)
    with steady.telemetry(appliance, rate, [f"metric.{m}" for m in range(METRICS)]):
        measure_sounds(appliance, worker, page, "busy", number, f", beside {rate} messages/s")
    announcing.close()
    page.close()


def measure_sounds(
    appliance: Appliance,
    worker: Worker,
    page: AlarmPage,
    metric: str,
    number: int,
    beside: str = "",
) -> None:
    """Measure the time from a message with that metric to the sound of an open page."""
    add_alert(worker, metric)
    link = flood.connect(Address.of(appliance.mqtt_url), metric)
    took = [
        page.seconds_until_sound(partial(_publish_alert, link, device, metric))
        for device in range(number)
    ]
    show(f"message to the sound of an open page{beside}", took)


def measure_storm(appliance: Appliance, workers: list[Worker], events: int) -> None:
    """Raise one event in several processes at once, and print that it is one incident.

    Beside it stands what as many processes reach that only count in one row and log it.
    """
    site = appliance.number("SELECT id FROM core_site WHERE slug = %s", [flood.SITE])
    number = len(workers)
    shares = [events // number + (n < events % number) for n in range(number)]

    def raised(source: str, shares: list[int]) -> float:
        codes = [RAISE.format(site=site, source=source, times=share) for share in shares]
        return seconds(workers, codes)

    # The first statements of a connection take longer than all that follow.
    raised("bench:before", [1] * number)
    appliance.execute(COUNTER)
    counted = seconds(workers, [COUNT.format(times=share) for share in shares])
    took = raised("bench:storm", shares)
    [(incidents, count)] = appliance.query(STORM)
    print(
        f"{events} events of {number} processes: {incidents} incident, count {count}, "
        f"{events / took:,.0f}/s; a mere counter {events / counted:,.0f}/s ({counted / took:.2f})"
    )
    if (incidents, count) != (1, events):
        sys.exit("the events were not counted as one incident")


def connect(appliance: Appliance) -> Any:
    """Open a connection to the database that commits each statement."""
    connection = psycopg2.connect(appliance.environment["DATABASE_URL"])
    connection.autocommit = True
    return connection


def announce(connection: Any) -> None:
    """Announce that some incident has changed, as a transaction does after its commit."""
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE, [CHANNEL])


def add_alert(worker: Worker, metric: str) -> None:
    """Add a rule for values of a metric above 0, and wait until the process knows it."""
    worker.run(ALERT.format(metric=metric))
    time.sleep(REFRESHED_S)


def show(title: str, took: list[float]) -> None:
    """Print the median and p99 of these seconds."""
    half, most = (percentile(took, p) * 1e3 for p in (50, 99))
    print(f"{title}: p50 {half:.0f} ms, p99 {most:.0f} ms (at most {TARGET_S * 1e3:.0f})")


def _publish_alert(link: object, device: int, metric: str) -> None:
    """Publish a value above the limit."""
    at = datetime.now(UTC).isoformat()
    body = f'{{"v": 1, "id": "{metric}{device}", "at": "{at}", "m": {{"{metric}": 1}}}}'
    topic = flood.text(flood.topic_of(OURS, device))
    flood.publish(link, [flood.packet(0x32, topic, b"\0\1", body.encode())])


def _alert(link: object, listening: object, device: int) -> float:
    """Publish a value above the limit; return the seconds until its incident is announced."""
    began = time.perf_counter()
    _publish_alert(link, device, "alert")
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
    parser.add_argument("--alarms", type=int, default=200, help="one of each device")
    parser.add_argument("--smoke", action="store_true", help="one small round: does it run at all?")
    options = parser.parse_args()
    messages, rounds = (2 * DEVICES, 1) if options.smoke else (options.messages, options.rounds)
    load = os.getloadavg()[0]
    with running_appliance() as appliance, running_workers(PROCESSES) as workers:
        print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
        measure_stream(appliance, workers[0], messages, rounds)
        number, rate = (3, 20) if options.smoke else (options.alarms, 1000)
        measure_alerts(appliance, workers[0], number)
        measure_pages(appliance, workers[0], number, rate)
        measure_storm(appliance, workers, 2 * PROCESSES if options.smoke else EVENTS)


if __name__ == "__main__":
    main()
