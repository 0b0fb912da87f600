"""The register of residents' vehicles."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from people import selectors, services
from people.models import Person, Vehicle
from people.services import NewPerson
from tests.at_once import at_once
from tests.factories import (
    BuildingFactory,
    OccupancyFactory,
    PersonFactory,
    SiteFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def register(site, **said):
    usual = {"plate": "沪A12345", "begins_at": clock.now()}
    if "holder" not in said:
        usual["holder"] = PersonFactory(site=site)
    return services.register_vehicle(site, staff(), **{**usual, **said})


def test_a_car_is_registered_to_the_chosen_one_of_two_people_of_one_name():
    site = SiteFactory()
    _first, second = (PersonFactory(site=site, name="Wang Lei") for _ in range(2))
    vehicle = register(site, plate="沪 a12345", holder=second)
    assert (vehicle.plate, vehicle.person) == ("沪A12345", second)
    assert Person.objects.filter(site=site).count() == 2


def test_a_new_person_is_added_although_another_has_the_name():
    unit = UnitFactory()
    site = unit.building.site
    first = PersonFactory(site=site, name="Wang Lei")
    vehicle = register(site, holder=NewPerson("  Wang  Lei ", unit))
    assert vehicle.person != first
    assert (vehicle.person.name, vehicle.person.homes) == ("Wang Lei", str(unit))
    assert AuditEntry.objects.filter(action="register person").count() == 1


@pytest.mark.parametrize(
    ("known", "new", "accepted"),
    [
        ({}, {}, False),
        ({"phone": "13800001234"}, {"phone": "13800001234"}, False),
        ({"phone": "13800001234"}, {"phone": "13900001234"}, True),
        ({"phone": "13800001234"}, {}, True),
    ],
)
def test_a_new_person_has_to_differ_from_those_of_the_name(known, new, accepted):
    site = SiteFactory()
    PersonFactory(site=site, name="Wang Lei", **known)
    add = partial(services.register_person, site, staff(), name="wang lei", **new)
    if accepted:
        assert add().pk
    else:
        with pytest.raises(Rejection) as refused:
            add()
        assert (refused.value.field, refused.value.code) == ("name", "person_exists")


def test_people_of_one_name_and_different_units_are_different():
    building = BuildingFactory()
    units = [UnitFactory(building=building) for _ in range(2)]
    people = [
        services.register_person(building.site, staff(), name="Li Na", unit=unit) for unit in units
    ]
    assert people[0] != people[1]


def test_the_person_and_the_unit_are_of_the_same_site():
    site = SiteFactory()
    with pytest.raises(Rejection) as refused:
        register(site, holder=PersonFactory())
    assert refused.value.field == "holder"
    with pytest.raises(Rejection) as refused:
        register(site, holder=NewPerson("Li Na", UnitFactory()))
    assert refused.value.field == "unit"


def test_nothing_is_added_where_the_registration_is_rejected():
    site = SiteFactory()
    register(site)
    with pytest.raises(Rejection):
        register(site, holder=NewPerson("Ms Chen"))
    assert not Person.objects.filter(name="Ms Chen").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wang", {"a", "b"}),
        ("wang 1-0803", {"a"}),
        ("0904 lei", {"b"}),
        ("1234", {"b"}),
        ("沪 A12345", set()),
        ("沪A12345", {"a"}),
        ("234", set()),
        ("nobody", set()),
        ("  ", set()),
    ],
)
def test_people_are_found_by_name_unit_phone_and_car(text, expected):
    building = BuildingFactory(code="1")
    site = building.site
    first, second = (
        OccupancyFactory(
            unit=UnitFactory(building=building, code=code),
            person__site=site,
            person__name="Wang Lei",
            person__phone=phone,
        ).person
        for code, phone in (("0803", ""), ("0904", "+86 138 0000 1234"))
    )
    PersonFactory(name="Wang Lei")  # at another site
    VehicleFactory(person=first, plate="沪A12345")
    VehicleFactory(person=second, plate="沪B00001", ends_at=clock.now() - DAY)
    found = set(selectors.find_people(site, text))
    assert found == {{"a": first, "b": second}[each] for each in expected}


def test_a_text_of_many_words_is_searched_by_its_first_ones():
    person = PersonFactory(name="Wang Lei")
    (found,) = selectors.find_people(person.site, "wang lei " * 4 + "someone else " * 5000)
    assert found == person


def test_a_second_registration_names_the_one_in_force():
    site = SiteFactory()
    register(site, holder=PersonFactory(site=site, name="Ms Chen"))
    with pytest.raises(Rejection) as refused:
        register(site)
    assert (refused.value.field, refused.value.code) == ("plate", "already_registered")
    assert refused.value.params["name"] == "Ms Chen"


def test_a_vehicle_can_be_registered_again_after_its_registration_ended():
    site = SiteFactory()
    services.end_vehicle(register(site), staff())
    other = PersonFactory(site=site)
    assert register(site, holder=other).person == other
    assert selectors.vehicles(site).count() == 1
    assert selectors.vehicles(site, ended=True).count() == 2, "the older one stays as it was"


def test_a_registration_may_follow_one_that_ends_later():
    site, now = SiteFactory(), clock.now()
    register(site, begins_at=now, ends_at=now + DAY)
    register(site, begins_at=now + DAY, ends_at=now + 2 * DAY)
    with pytest.raises(Rejection):
        register(site, begins_at=now - DAY, ends_at=now + timedelta(minutes=1))
    register(site, begins_at=now - DAY, ends_at=now)
    assert Vehicle.objects.filter(site=site).count() == 3


def test_a_registration_is_extended_until_the_next_one():
    site, now = SiteFactory(), clock.now()
    first = register(site, begins_at=now, ends_at=now + DAY)
    register(site, begins_at=now + 3 * DAY)
    assert services.change_vehicle_end(first, staff(), now + 3 * DAY).ends_at == now + 3 * DAY
    with pytest.raises(Rejection):
        services.change_vehicle_end(first, staff(), None)
    assert services.change_vehicle_end(first, staff(), now + DAY).ends_at == now + DAY
    with pytest.raises(Rejection):
        services.change_vehicle_end(first, staff(), now - DAY)


def test_an_ended_registration_is_not_extended():
    vehicle = VehicleFactory(ends_at=clock.now() - DAY)
    with pytest.raises(Rejection) as refused:
        services.change_vehicle_end(vehicle, staff(), clock.now() + DAY)
    assert refused.value.code == "has_ended"


@given(
    st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(1, 10)), min_size=2, max_size=8)
)
def test_a_plate_is_never_registered_twice_at_a_time(periods):
    with transaction.atomic():
        site, start = SiteFactory(), clock.now()
        for begin, length in periods:
            begins_at = start + begin * DAY
            ends_at = None if length is None else begins_at + length * DAY
            try:
                with transaction.atomic():
                    register(site, begins_at=begins_at, ends_at=ends_at)
            except Rejection:
                continue
        made = Vehicle.objects.filter(site=site)
        for day in range(31):
            at = start + day * DAY + timedelta(hours=1)
            assert sum(v.begins_at <= at and (not v.ends_at or at < v.ends_at) for v in made) <= 1
        transaction.set_rollback(True)


def test_the_database_refuses_overlapping_registrations_by_itself():
    vehicle = VehicleFactory(ends_at=clock.now() + DAY)
    with pytest.raises(IntegrityError, match="vehicle_registered_once"), transaction.atomic():
        VehicleFactory(person=vehicle.person, plate=vehicle.plate)
    VehicleFactory(plate=vehicle.plate)  # at another site


def test_concurrent_registrations_create_one(transactional_db):
    site = SiteFactory()
    guard, person = staff(), PersonFactory(site=site)
    said = {"plate": "沪A12345", "holder": person, "begins_at": clock.now()}
    one = partial(services.register_vehicle, site, guard, **said)
    answers = at_once(one, one, one)
    assert selectors.vehicles(site).count() == 1
    assert sum(isinstance(answer, Rejection) for answer in answers) == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"plate": "!!"}, "plate"),
        ({"plate": "沪A1234567"}, "plate"),
        ({"holder": NewPerson(" ")}, "name"),
        ({"holder": NewPerson("1234")}, "name"),
        ({"ends_at": clock.now() - DAY}, "ends_at"),
    ],
)
def test_an_invalid_registration_is_rejected_at_its_field(said, field):
    with pytest.raises(Rejection) as refused:
        register(SiteFactory(), **said)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("plate", "countries", "usual"),
    [
        ("沪A12345", [], True),
        ("沪A12345", ["CN"], True),
        ("沪AD12345", ["CN"], True),
        ("沪A1234", ["CN"], False),
        ("沪I12345", ["CN"], False),  # GA 36-2018 gives out no I
        ("AA123AK", ["CN"], False),
        ("AA123AK", ["CN", "IT"], True),
        ("GWAGEN", [], False),
    ],
)
def test_a_plate_of_no_expected_format_has_to_be_confirmed(settings, plate, countries, usual):
    settings.PLATE_COUNTRIES = countries
    if not usual:
        with pytest.raises(Rejection) as refused:
            register(SiteFactory(), plate=plate)
        assert refused.value.override == "unusual_plate"
    assert register(SiteFactory(), plate=plate, unusual_plate=not usual).plate == plate


def test_ending_twice_has_no_further_effect():
    vehicle = VehicleFactory()
    first = services.end_vehicle(vehicle, staff()).ends_at
    assert services.end_vehicle(vehicle, staff()).ends_at == first
