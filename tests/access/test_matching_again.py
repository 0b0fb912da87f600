"""Movements are matched again from the earliest change only; the result is that of all of them."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import transaction
from django.db.models import Max, Q
from hypothesis import given, settings
from hypothesis import strategies as st

from access import services
from access.matching import Car, Move, match
from access.models import Movement, Passage
from core import clock
from core.events import publish
from devices import events
from estate.models import Lane
from tests.factories import DeviceFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db

PLATES = ["粤B12345", "粤B54321", "沪A00001", ""]
_keys = count()
# Seconds before the present at which something happens; none of it is late.
times = st.integers(min_value=0, max_value=55)
reads = st.tuples(st.just("read"), times, st.sampled_from(PLATES), st.booleans())
moves = st.tuples(
    st.sampled_from(["passed", "turned_back"]), times, st.sampled_from([*PLATES, ""]), st.booleans()
)
facts = st.lists(reads | moves, min_size=2, max_size=9, unique_by=lambda fact: fact[:3])


def deliver(gate: GateScene, now: datetime, fact: tuple[str, int, str, bool]) -> None:
    """Report a read, which a guard may open the barrier for, or a movement of either device."""
    kind, ago, plate, second = fact
    common = {"site_id": gate.site.pk, "key": f"fact-{next(_keys)}", "received_at": now}
    common["at"] = now - timedelta(seconds=ago)
    if kind != "read":
        device = gate.entry.barrier if second else gate.entry.camera
        publish(events.CarMoved(device_id=device.pk, movement=kind, plate=plate, **common))
        return
    camera = gate.entry.camera_id
    publish(events.PlateSeen(device_id=camera, raw_text=plate, confidence=0.99, **common))
    passage = Passage.objects.latest("pk")
    if second and passage.state == "held":
        services.lift_barrier(passage, staff(), "let in by hand")


def matches_of_all(lane: Lane) -> dict[int, int]:
    """Match everything that happened at the lane at once."""
    let_through = Max("decisions__at", filter=Q(decisions__outcome="open"))
    cars = [
        Car(
            passage=each.pk,
            at=each.seen_at,
            plate=each.plate,
            device=each.device_id,
            let_through_at=each.let_through_at,
            late=each.is_late,
            texts=frozenset(each.reads.exclude(text="").values_list("text", flat=True)),
        )
        for each in Passage.objects.filter(lane=lane).annotate(let_through_at=let_through)
    ]
    moved = [
        Move(each.pk, each.at, each.kind, each.plate, each.device_id)
        for each in Movement.objects.filter(lane=lane)
    ]
    return match(cars, moved, clock.now() - timedelta(days=1))


@settings(max_examples=30, deadline=None)
@given(facts=facts)
def test_in_any_order_the_matches_are_those_of_everything_at_once(facts):
    with transaction.atomic():
        gate = GateScene.build()
        gate.entry.barrier = DeviceFactory(site=gate.site, kind="barrier")
        gate.entry.save()
        now = clock.now()
        for fact in facts:
            deliver(gate, now, fact)
        stored = Movement.objects.exclude(passage=None).values_list("pk", "passage")
        assert dict(stored) == matches_of_all(gate.entry)
        transaction.set_rollback(True)
