"""Cars that are seen at several lanes at once: each is decided about as if it had come alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import Passage
from access.services import record_plates_seen
from billing.models import Charge
from core import clock
from core.events import publish
from devices import events
from devices.models import Command
from estate.models import Lane
from incidents.models import Incident
from parking.models import LotRules, Stay
from tests.factories import (
    AccessListEntryFactory,
    LaneFactory,
    VehicleFactory,
    VisitorPassFactory,
    WatchEntryFactory,
)
from tests.gate import TWO_HOURS, GateScene
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
_keys = count()


@dataclass(frozen=True)
class Car:
    """A car at a lane; ``inside`` opened a stay two hours before, under that plate."""

    plate: str
    direction: str = "entry"
    inside: str = ""
    fields: dict[str, object] = field(default_factory=dict)


CARS = (
    Car("沪R00001"),
    Car("沪A00002"),
    Car("沪B00003"),
    Car("沪V00004"),
    Car("沪W00005"),
    Car("沪N00006"),
    Car("沪N00007", fields={"colour": "yellow"}),
    Car("沪RO00O8"),
    Car("_无_"),
    Car("沪N00010", fields={"confidence": 0.6}),
    Car("沪N00011", fields={"confidence": 0.6, "image": jpeg()}),
    Car("沪N00012", inside="沪N00012"),
    Car("沪P00021", "exit", inside="沪P00021"),
    Car("沪R00022", "exit", inside="沪R00022"),
    Car("沪PO0O23", "exit", inside="沪P00023"),
    Car("沪P00024", "exit"),
    Car("沪R00025", "exit"),
)


def busy_site(**lot: object) -> tuple[GateScene, list[Lane]]:
    """A site with a lane for each car, and with records of some."""
    gate = GateScene.build(**lot)
    for plate in ("沪R00001", "沪R00008", "沪R00022", "沪R00025"):
        VehicleFactory(person__site=gate.site, plate=plate)
    AccessListEntryFactory(site=gate.site, plate="沪A00002")
    AccessListEntryFactory(site=gate.site, plate="沪B00003", kind="block")
    VisitorPassFactory(site=gate.site, plate="沪V00004")
    WatchEntryFactory(site=gate.site, plate="沪W00005")
    for car in CARS:
        if car.inside:
            gate.sees(gate.entry, car.inside)
    begun = clock.now() - TWO_HOURS
    Stay.objects.filter(site=gate.site).update(entered_at=begun)
    Passage.objects.filter(site=gate.site).update(at=begun, seen_at=begun, received_at=begun)
    lanes = [
        LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot, direction=car.direction)
        for car in CARS
    ]
    return gate, lanes


def seen(lane: Lane, plate: str, **fields: object) -> events.PlateSeen:
    now = clock.now()
    values = {"at": now, "received_at": now, "confidence": 0.99, **fields}
    return events.PlateSeen(
        device_id=lane.camera_id,
        site_id=lane.gate.site_id,
        key=f"together-{next(_keys)}",
        raw_text=plate,
        **values,
    )


def outcome(gate: GateScene, lanes: Sequence[Lane]) -> list[dict[str, object]]:
    """What became of the car at each lane, without the ids of rows."""
    found = []
    for lane in lanes:
        passage = Passage.objects.get(lane=lane)
        decision = passage.decisions.first()
        stay = Stay.objects.filter(lot=gate.lot, plate=passage.plate).exclude(plate="").first()
        found.append(
            {
                "passage": (passage.plate, passage.state, passage.evidence, bool(passage.image)),
                "reads": list(passage.reads.values_list("source", "raw_text", "text")),
                "decision": decision
                and (decision.outcome, decision.rule, [each["rule"] for each in decision.trace]),
                "facts": decision and sorted(decision.facts),
                "opens": Command.objects.filter(device=lane.barrier, action="open").count(),
                "stay": stay and (stay.status, stay.cover, stay.vehicle, stay.price, stay.review),
                "charge": stay
                and list(
                    Charge.objects.filter(source_id=stay.public_id).values_list("state", "amount")
                ),
            }
        )
    return found


def test_cars_of_every_kind_are_decided_about_together_as_they_are_one_by_one():
    alone, alone_lanes = busy_site()
    for lane, car in zip(alone_lanes, CARS, strict=True):
        publish(seen(lane, car.plate, **car.fields))
    together, lanes = busy_site()
    passages = record_plates_seen(
        [seen(lane, car.plate, **car.fields) for lane, car in zip(lanes, CARS, strict=True)]
    )
    assert [each.lane for each in passages] == lanes
    assert outcome(together, lanes) == outcome(alone, alone_lanes)
    incidents = Incident.objects.filter(kind="plate_watchlist")
    assert [incidents.filter(site=gate.site).count() for gate in (alone, together)] == [1, 1]


def test_the_cars_of_one_lane_keep_their_order():
    gate = GateScene.build()
    record_plates_seen([seen(gate.entry, plate) for plate in ("沪N00001", "沪N00002", "沪N00003")])
    numbers = Command.objects.filter(device=gate.entry.barrier).order_by("seq")
    plates = [command.decision.plate for command in numbers]
    assert plates == ["沪N00001", "沪N00002", "沪N00003"]


def test_the_last_place_goes_to_one_of_two_cars():
    gate = GateScene.build(capacity=1)
    other = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot)
    passages = record_plates_seen([seen(gate.entry, "沪N00001"), seen(other, "沪N00002")])
    assert sorted(each.decisions.get().rule for each in passages) == ["full", "tariff"]
    assert Stay.objects.filter(lot=gate.lot, status="open").count() == 1


@pytest.mark.parametrize(("order", "rule"), [((0, 1), "tariff"), ((1, 0), "full")])
def test_a_car_that_was_let_out_before_leaves_its_place_to_the_next(order, rule):
    gate = GateScene.build(capacity=1)
    VehicleFactory(person__site=gate.site, plate="沪R00001")
    gate.sees(gate.entry, "沪R00001")
    other = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot)
    cars = [seen(gate.exit, "沪R00001"), seen(other, "沪N00002")]
    record_plates_seen([cars[n] for n in order])
    assert Passage.objects.get(lane=other).decisions.get().rule == rule
    assert Stay.objects.get(plate="沪R00001").status == "closed"


@pytest.mark.parametrize("plate", ["沪N00001", "沪NO000I"])
def test_one_plate_at_two_lanes_is_not_let_in_twice(plate):
    gate = GateScene.build()
    VehicleFactory(person__site=gate.site, plate="沪N00001")
    LotRules.objects.create(lot=gate.lot, lock_seconds=60)
    other = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot)
    first, second = record_plates_seen([seen(gate.entry, "沪N00001"), seen(other, plate)])
    assert (first.decisions.get().rule, second.decisions.get().rule) == ("resident", "lock")
    assert Stay.objects.filter(lot=gate.lot).count() == 1


def test_each_lot_has_its_own_rules_and_tariff():
    first = GateScene.build()
    second = GateScene.build(site=first.site, priced=False)
    third = GateScene.build()
    LotRules.objects.create(lot=third.lot, admits_unknown=False)
    gates = (first, second, third)
    passages = record_plates_seen([seen(gate.entry, "沪N00001") for gate in gates])
    rules = [each.decisions.get().rule for each in passages]
    assert rules == ["tariff", "no_tariff", "unknown_car"]
    assert Stay.objects.get().tariff.lot == first.lot


def test_a_camera_without_a_lane_stops_no_other():
    gate = GateScene.build()
    gone = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot)
    event = seen(gone, "沪N00001")
    Lane.objects.filter(pk=gone.pk).update(camera=None)
    (passage,) = record_plates_seen([event, seen(gate.entry, "沪N00002")])
    assert passage.plate == "沪N00002"


def test_late_and_prompt_reads_that_come_together_are_separated():
    gate = GateScene.build()
    exits = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot, direction="exit")
    old = clock.now() - timedelta(hours=3)
    late = {"at": old, "buffered": True}
    passages = record_plates_seen(
        [
            seen(gate.entry, "沪N00001", **late),
            seen(gate.entry, "沪N00002", **late),
            seen(exits, "沪N00001"),
        ]
    )
    rules = [each.decisions.get().rule for each in passages]
    assert rules == ["late", "late", "due"]
    assert not Command.objects.filter(device=gate.entry.barrier).exists()


def test_many_cars_need_few_statements_more_than_one():
    gate = GateScene.build()
    lanes = [LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot) for _ in range(8)]
    with CaptureQueriesContext(connection) as one:
        record_plates_seen([seen(gate.entry, "沪N00100")])
    with CaptureQueriesContext(connection) as eight:
        record_plates_seen([seen(lane, f"沪N0020{n}") for n, lane in enumerate(lanes)])
    assert len(eight) <= len(one) + 7 * 7 + 10
