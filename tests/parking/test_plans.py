"""What a decision reads does not grow with what else is stored at its site, however new that is."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from access.bulk import PastRead, record_past_reads
from access.services import record_plates_seen
from core import clock
from devices import registry
from devices.models import Device
from parking.bulk import record_stays
from tests.access.test_together import seen
from tests.factories import DeviceFactory, LaneFactory
from tests.gate import GateScene

pytestmark = pytest.mark.django_db
MANY, FEW = 400, 60
# It counts the cars inside, on the index of those alone.
COUNTS = "SELECT lot_id, count(*)"


def busy(letter: str) -> GateScene:
    """A site with many devices and registered cars, and many cars that came in just now."""
    gate = GateScene.build(capacity=10_000)
    Device.objects.bulk_create(DeviceFactory.build_batch(MANY, site=gate.site))
    arrived = clock.now() - timedelta(minutes=30)
    reads = [
        PastRead(gate.entry, f"沪{letter}{n:05d}", arrived + timedelta(seconds=n), moved_at=arrived)
        for n in range(MANY)
    ]
    record_stays(gate.lot, record_past_reads(reads))
    return gate


def plans(sql: str, params: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a statement's plan, with what each of them did."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params)
        found = cursor.fetchone()[0]
    waiting = [each["Plan"] for each in (json.loads(found) if isinstance(found, str) else found)]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        yield node


def rows_read(node: dict[str, Any]) -> float:
    """How many rows a scan of a table read."""
    if "Relation Name" not in node:
        return 0
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return node["Actual Loops"] * sum(node.get(name, 0) for name in names)


@pytest.mark.parametrize(("direction", "letter"), [("entry", "C"), ("exit", "B")])
@pytest.mark.parametrize("number", [1, 8])
def test_cars_of_a_new_site_cost_no_more_the_more_is_stored(number, direction, letter):
    busy("A")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL enable_seqscan = off")  # as for a table of real size
    gate = busy("B")
    place = {"site": gate.site, "gate": gate.entry.gate, "lot": gate.lot, "direction": direction}
    lanes = [LaneFactory(**place) for _ in range(number)]
    asked: list[tuple[str, Any]] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.strip().startswith(("SELECT", "WITH")) and COUNTS not in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        topics = [(f"gh/v1/{gate.site.slug}/{lane.camera.code}/up/event", b"{}") for lane in lanes]
        assert all(found and found.device for found in registry.address_all(topics))
        record_plates_seen([seen(lane, f"沪{letter}0000{n}") for n, lane in enumerate(lanes)])
    most = {sql: max(map(rows_read, plans(sql, params))) for sql, params in asked}
    assert len(most) > 8
    assert {sql: rows for sql, rows in most.items() if rows > FEW} == {}
