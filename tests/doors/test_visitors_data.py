"""Visitors as they are counted in zones, and what an export and an erasure find of them."""

import pytest

from doors import board, holdings
from people.holdings import identity_of
from tests.doors.bans import ban_of
from tests.doors.entrance import Entrance
from tests.doors.test_visits import a_home, invited, offer, shows
from tests.factories import VehicleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    entrance = Entrance.build(type="people_gate")
    offer(entrance.site, entrance.group)
    return entrance


@pytest.fixture
def home(entrance):
    return a_home(entrance.site)


def test_companions_take_room_in_a_zone(home, entrance):
    hall = Entrance.build(site=entrance.site, people_limit=4)
    offer(entrance.site, hall.group)
    two, three = (invited(home, groups=[hall.group], companions=n) for n in (1, 2))
    assert shows(hall, two).rule == "admitted"
    refused = shows(hall, three)
    assert (refused.rule, refused.facts) == ("full", {"inside": 2, "limit": 4, "party": 3})
    assert board.people_inside(entrance.site)[hall.zone.pk] == 2
    assert shows(hall, two).rule == "admitted"  # who is inside takes no further place
    shows(hall, two, "out")
    assert shows(hall, three).rule == "admitted"


def test_who_was_a_visitor_reads_bans_and_entries_in_an_export(home, entrance):
    car = VehicleFactory(person__site=entrance.site, person__phone="+8613812345678")
    visit = invited(home, groups=[entrance.group], plate=car.plate)
    shows(entrance, visit)
    ban_of(entrance.site, phone="138 1234 5678")
    ban_of(entrance.site, visitor_name=car.person.name)  # a name may be another's
    found = dict(holdings.export(identity_of(car.person)))
    assert [row["way"] for row in found["entries as a visitor"]] == ["in"]
    assert [row["phone"] for row in found["visitor bans"]] == ["138 1234 5678"]
    assert holdings.erase(identity_of(car.person)).kept["visitor bans"] == 1
    assert not visit.crossings.exists()
