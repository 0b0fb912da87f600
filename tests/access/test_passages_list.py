"""The list of passages: did this car come at three last night?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from access import services
from access.models import Passage
from core.permissions import StandardRole
from tests.browsers import hire, signed_in, text
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


@pytest.fixture
def guard(gate):
    return signed_in(hire(gate.site, StandardRole.GUARD))


def found(guard, gate, **filters) -> list[str]:
    address = f"/s/{gate.site.slug}/passages/"
    answer = guard.post(address, {**filters, "filter": "1"}, follow=True)
    return [row.plate for row in answer.context["rows"]]


def test_a_car_is_found_by_time_and_a_part_of_its_plate(gate, guard):
    gate.sees(gate.entry, "粤B12345")
    night = gate.sees(gate.entry, "粤B54321")
    then = timezone.localtime(night.seen_at) - timedelta(hours=8)
    Passage.objects.filter(pk=night.pk).update(seen_at=then)
    span = {"seen_from": f"{then:%Y-%m-%dT%H:%M}", "seen_until": f"{then:%Y-%m-%dT23:59}"}
    assert found(guard, gate, q="54321") == ["粤B54321"]
    assert "粤B12345" in found(guard, gate)
    assert found(guard, gate, q="S4321") == ["粤B54321"]
    assert found(guard, gate, q="99999", **span) == []


def test_a_car_that_was_refused_and_has_no_stay_is_found_too(gate, guard):
    gate.sees(gate.entry, "粤B77777", confidence=0.4)
    assert found(guard, gate, q="7777") == ["粤B77777"]


def test_passages_are_filtered_by_lane_direction_and_state(gate, guard):
    gate.sees(gate.entry, "粤B12345")
    gate.sees(gate.exit, "粤B54321")
    assert found(guard, gate, lane=gate.exit.pk) == ["粤B54321"]
    assert found(guard, gate, direction="entry") == ["粤B12345"]
    assert found(guard, gate, state="held") == ["粤B54321"]


def test_the_lanes_of_another_site_are_no_filter_here(gate, guard):
    other = GateScene.build()
    gate.sees(gate.entry, "粤B12345")
    assert found(guard, gate, lane=other.entry.pk) == ["粤B12345"]


def test_a_car_that_a_guard_let_in_says_so(gate, guard):
    services.lift_barrier(gate.sees(gate.entry, "粤B77777", confidence=0.4), staff(), "fire engine")
    page = text(guard.get(f"/s/{gate.site.slug}/passages/"))
    assert "Barrier opened by staff" in page
    assert "manual_lift" not in page
