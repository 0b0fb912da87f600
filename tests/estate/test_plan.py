"""The plan of a site contains its own places only."""

import pytest

from estate.models import Building
from estate.selectors import site_plan
from tests.factories import BayFactory, GateFactory, LaneFactory, LotFactory, SiteFactory

pytestmark = pytest.mark.django_db
RING = [[121.0, 31.0], [121.0, 31.1], [121.1, 31.1], [121.1, 31.0]]


def kinds(site):
    return [each["properties"]["kind"] for each in site_plan(site)["features"]]


def test_every_outline_is_in_the_plan_of_its_own_site_only():
    site, other = SiteFactory(), SiteFactory()
    lot = LotFactory(site=site, outline=RING)
    BayFactory(lot=lot, outline=RING)
    Building.objects.create(site=site, code="1", name="One", outline=RING)
    GateFactory(site=site, longitude=121.0, latitude=31.0)
    assert kinds(site) == ["lot", "building", "bay", "gate"]
    assert kinds(other) == []


def test_a_place_without_an_outline_is_not_drawn():
    lot = LotFactory()
    BayFactory(lot=lot)
    GateFactory(site=lot.site)
    assert kinds(lot.site) == []


def test_an_outline_may_have_holes():
    hole = [[121.02, 31.02], [121.04, 31.02], [121.04, 31.04]]
    lot = LotFactory(outline=[RING, hole])
    (drawn,) = site_plan(lot.site)["features"]
    assert len(drawn["geometry"]["coordinates"]) == 2


def test_a_gate_names_its_lanes():
    lane = LaneFactory(gate__longitude=121.0, gate__latitude=31.0)
    (drawn,) = site_plan(lane.gate.site)["features"]
    assert [each["pk"] for each in drawn["properties"]["lanes"]] == [lane.pk]


def test_the_plan_takes_as_many_queries_for_many_bays_as_for_one(django_assert_num_queries):
    lot = LotFactory()
    for number in range(8):
        BayFactory(lot=lot, outline=RING, code=f"A{number}")
    with django_assert_num_queries(5):
        site_plan(lot.site)
