"""What residents do themselves: cars by the site's rule, switches, exports, requests."""

import json

import pytest
from django.core.cache import cache

from core.errors import Rejection
from core.jobs import run_waiting
from core.models import User
from core.permissions import StandardRole
from people import exports
from people.accounts import requests
from people.accounts.homes import homes_of, set_switches
from people.accounts.rules import change_rules
from people.models import PersonExport, ResidentRequest, Vehicle
from tests.browsers import hire
from tests.factories import BindingFactory, OccupancyFactory, VehicleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def occupancy():
    cache.clear()
    return OccupancyFactory()


@pytest.fixture
def person(occupancy):
    return occupancy.person


@pytest.fixture
def user(person) -> User:
    return BindingFactory(person=person).user


@pytest.fixture
def manager(occupancy) -> User:
    return hire(occupancy.site, StandardRole.MANAGER)


def add(person, user, plate="沪A11111", **values):
    (home,) = homes_of(person)
    return requests.add_car(home, person, user, plate=plate, **values)


def rejected(person, user, plate="沪A11111") -> Rejection:
    with pytest.raises(Rejection) as caught:
        add(person, user, plate)
    return caught.value


def test_a_resident_adds_a_car_and_ends_it(person, user):
    car = add(person, user)
    assert list(requests.cars_of(person)) == [car]
    requests.end_car(car, user)
    assert not requests.cars_of(person).exists()


def test_a_home_has_so_many_cars(person, user, occupancy, manager):
    partner = OccupancyFactory(person__site=occupancy.site, unit=occupancy.unit, role="family")
    VehicleFactory(person=partner.person)
    add(person, user)
    assert requests.cars_left(occupancy.unit) == 0
    assert rejected(person, user, "沪A22222").code == "too_many_cars"
    change_rules(occupancy.site, manager, cars_per_home=None)
    assert add(person, user, "沪A22222").pk


def test_a_car_that_is_another_s_is_rejected_without_a_name(person, user):
    VehicleFactory(person__site=person.site, person__name="Secret Neighbour", plate="沪A11111")
    rejection = rejected(person, user)
    assert rejection.code == "registered_at_site"
    assert "Neighbour" not in f"{rejection.message} {rejection.hint} {rejection.params}"


def test_where_cars_need_approval_they_wait_and_count(person, user, occupancy, manager):
    change_rules(occupancy.site, manager, cars_need_approval=True, cars_per_home=1)
    request = add(person, user)
    assert not Vehicle.objects.exists()
    assert rejected(person, user).code == "too_many_cars"
    requests.approve(request, manager)
    assert Vehicle.objects.get().person == person
    with pytest.raises(Rejection) as caught:
        requests.refuse(request, manager)
    assert caught.value.code == "not_waiting"


def test_many_requests_are_decided_together_but_no_erasure(person, user, occupancy, manager):
    change_rules(occupancy.site, manager, cars_need_approval=True)
    cars = [add(person, user, plate) for plate in ("沪A11111", "沪A22222")]
    erasure = requests.request_erasure(person, user)
    assert set(requests.decide_all([*cars, erasure], manager, approved=True)) == {
        each.pk for each in cars
    }
    assert Vehicle.objects.count() == 2
    assert requests.waiting_at(occupancy.site).count() == 1


def test_a_request_is_made_once_and_can_be_withdrawn(person, user):
    request = requests.request_erasure(person, user)
    with pytest.raises(Rejection) as caught:
        requests.request_erasure(person, user)
    assert caught.value.code == "requested"
    requests.withdraw(request, user)
    assert ResidentRequest.objects.get().state == "withdrawn"


def test_switches_are_for_family_members_only(occupancy, user):
    family = OccupancyFactory(person__site=occupancy.site, unit=occupancy.unit, role="family")
    set_switches(occupancy.unit, family.person, user, may_pay=True, may_see_bills=True)
    set_switches(occupancy.unit, family.person, user, may_pay=False, may_see_bills=True)
    (home,) = homes_of(family.person)
    assert home.may == {"may_see_bills"}
    for stranger in (occupancy.person, OccupancyFactory(person__site=occupancy.site).person):
        with pytest.raises(Rejection) as caught:
            set_switches(occupancy.unit, stranger, user, may_pay=True)
        assert caught.value.code == "not_a_member"


def test_an_owner_who_lets_the_flat_does_not_live_there(occupancy):
    owner = OccupancyFactory(person__site=occupancy.site, unit=occupancy.unit, role="owner").person
    (home,) = homes_of(owner)
    assert (home.is_head, home.lives_there) == (True, False)


def test_an_export_is_gathered_room_by_room(person, user):
    VehicleFactory(person=person, plate="沪A11111")
    export = exports.start_export(person, user)
    assert exports.start_export(person, user) == export
    while not export.run.is_ended:
        run_waiting()
        export.run.refresh_from_db()
    export.refresh_from_db()
    json.dumps(export.data)
    assert export.data["people"]["vehicles"][0]["plate"] == "沪A11111"
    assert export.data["people"]["portal access"][0]["state"] == "approved"
    assert exports.start_export(person, user) != export
    PersonExport.objects.update(created_at=export.created_at - exports.KEPT_FOR * 2)
    assert exports.delete_old() == 2


@pytest.mark.parametrize("most", [-1, 100])
def test_the_number_of_cars_is_within_bounds(occupancy, manager, most):
    with pytest.raises(Rejection) as caught:
        change_rules(occupancy.site, manager, cars_per_home=most)
    assert caught.value.code == "out_of_range"
