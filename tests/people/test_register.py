"""The register of residents' vehicles."""

from datetime import timedelta
from functools import partial

import pytest

from core import clock
from core.errors import Rejection
from people import selectors, services
from people.models import Person
from tests.at_once import at_once
from tests.factories import PersonFactory, SiteFactory, VehicleFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


def register(site, **said):
    usual = {"plate": "沪A12345", "name": "Ms Chen", "begins_at": clock.now()}
    return services.register_vehicle(site, staff(), **{**usual, **said})


def test_a_car_is_registered_to_a_person_by_name():
    site = SiteFactory()
    first, second = register(site, plate="沪 a12345"), register(site, plate="沪B99999")
    assert (first.plate, first.person) == ("沪A12345", second.person)
    assert Person.objects.filter(site=site).count() == 1


def test_a_vehicle_has_one_registration_in_force():
    site = SiteFactory()
    register(site)
    with pytest.raises(Rejection) as refused:
        register(site, name="Mr Zhang")
    assert refused.value.field == "plate"


def test_a_vehicle_can_be_registered_again_after_its_registration_ended():
    site = SiteFactory()
    services.end_vehicle(register(site), staff())
    assert register(site, name="Mr Zhang").person.name == "Mr Zhang"
    assert selectors.vehicles(site).count() == 1
    assert selectors.vehicles(site, ended=True).count() == 2, "the older one stays as it was"


def test_the_first_of_two_people_of_one_name_gets_the_vehicle():
    site = SiteFactory()
    first, _second = (PersonFactory(site=site, name="Wang Lei") for _ in range(2))
    assert register(site, name="Wang Lei").person == first


def test_two_concurrent_registrations_create_one(transactional_db):
    site = SiteFactory()
    guard = staff()
    said = {"plate": "沪A12345", "name": "Ms Chen", "begins_at": clock.now()}
    one = partial(services.register_vehicle, site, guard, **said)
    answers = at_once(one, one, one)
    assert selectors.vehicles(site).count() == 1
    assert sum(isinstance(answer, Rejection) for answer in answers) == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"plate": "!!"}, "plate"),
        ({"name": " "}, "name"),
        ({"ends_at": clock.now() - timedelta(days=1)}, "ends_at"),
    ],
)
def test_an_invalid_registration_is_rejected_at_its_field(said, field):
    with pytest.raises(Rejection) as refused:
        register(SiteFactory(), **said)
    assert refused.value.field == field


def test_ending_twice_has_no_further_effect():
    vehicle = VehicleFactory()
    first = services.end_vehicle(vehicle, staff()).ends_at
    assert services.end_vehicle(vehicle, staff()).ends_at == first
