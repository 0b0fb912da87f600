"""The card of a bay names the cars inside that may stand there."""

from datetime import timedelta

import pytest

from core import clock
from core.permissions import StandardRole
from parking.bay_cars import cars_of_bay
from tests.browsers import hire, signed_in, text
from tests.factories import BayFactory, OccupancyFactory, PersonFactory, StayFactory, VehicleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bay():
    return BayFactory(status="occupied", status_at=clock.now() - timedelta(hours=1))


def enters(bay, plate, **before):
    """A car that entered so long before the bay became occupied, and is inside."""
    entered_at = bay.status_at - timedelta(**before)
    return StayFactory(lot=bay.lot, site=bay.lot.site, plate=plate, entered_at=entered_at)


def plates(stays):
    return [each.plate for each in stays]


def test_the_car_of_who_holds_the_bay_is_named_alone(bay):
    person = PersonFactory(site=bay.lot.site)
    OccupancyFactory(site=bay.lot.site, unit=None, bay=bay, person=person)
    VehicleFactory(site=bay.lot.site, person=person, plate="苏A11111")
    enters(bay, "苏A22222", minutes=2)
    assert plates(cars_of_bay(bay).recent) == ["苏A22222"]
    enters(bay, "苏A11111", hours=5)
    assert plates(cars_of_bay(bay).own) == ["苏A11111"]
    assert not cars_of_bay(bay).recent


def test_without_one_those_that_came_in_shortly_before_are_named_the_latest_first(bay):
    enters(bay, "苏A11111", minutes=9)
    enters(bay, "苏A22222", minutes=1)
    enters(bay, "苏A33333", minutes=30)
    enters(bay, "苏A44444", minutes=-5)
    assert plates(cars_of_bay(bay).recent) == ["苏A22222", "苏A11111"]


def test_a_free_bay_and_one_without_a_sensor_name_none(bay):
    enters(bay, "苏A11111", minutes=1)
    for status, at in (("free", bay.status_at), ("unknown", None)):
        bay.status, bay.status_at = status, at
        assert not cars_of_bay(bay).recent


def test_the_card_shows_plates_to_those_who_may_see_stays(bay):
    enters(bay, "苏A11111", minutes=1)
    site = bay.lot.site
    address = f"/s/{site.slug}/bays/{bay.pk}/"
    guard, technician = (
        signed_in(hire(site, role)) for role in (StandardRole.GUARD, StandardRole.TECHNICIAN)
    )
    assert "苏A" in text(guard.get(address))
    assert "11111" in text(guard.get(address))
    assert "11111" not in text(technician.get(address))
