"""The list of cars: each registered to a person or company of the register."""

import pytest

from people.models import Vehicle
from tests.factories import CompanyFactory, PersonFactory, SiteFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "plate,name,phone,from,until\n"
LIST = HEAD + "沪A12345,Wang Min,13800001234,2026-01-01,2099-12-31\n沪b·23456,Li Na,,,\n"


@pytest.fixture
def site():
    site = SiteFactory(plate_countries=["CN"])
    PersonFactory(site=site, name="Wang Min", phone="+86 138 0000 1234")
    PersonFactory(site=site, name="Wang Min", phone="13900000000")
    PersonFactory(site=site, name="Li Na")
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_cars_are_registered_to_the_people_who_are_meant(site, user):
    assert counts(imported(site, user, "vehicles", LIST)) == (2, 0, 0, 0)
    car = Vehicle.objects.get(plate="沪A12345")
    assert (car.person.phone, f"{car.begins_at:%F}") == ("+86 138 0000 1234", "2025-12-31")
    assert Vehicle.objects.get(plate="沪B23456").ends_at is None


def test_the_same_list_again_changes_nothing_and_another_end_does(site, user):
    imported(site, user, "vehicles", LIST)
    assert counts(checked(site, user, "vehicles", LIST)) == (0, 0, 2, 0)
    batch = imported(site, user, "vehicles", LIST.replace("2099-12-31", "2098-12-31"))
    assert counts(batch) == (0, 1, 1, 0)
    assert Vehicle.objects.get(plate="沪A12345").ends_at.year == 2098
    undone(batch, user)
    assert Vehicle.objects.get(plate="沪A12345").ends_at.year == 2099


def test_a_truck_is_registered_to_its_company(site, user):
    company = CompanyFactory(site=site, name="Swift Freight")
    table = "plate,name,company\n沪D58821,,swift freight\n沪D61907,Li Na,Swift Freight\n"
    table += "沪E20536,,\n沪E20537,,Unknown\n"
    assert problems(checked(site, user, "vehicles", table)) == [
        (3, "name", "one_holder"),
        (4, "name", "one_holder"),
        (5, "company", "unknown_company"),
    ]
    valid = "".join(table.splitlines(keepends=True)[:2])
    assert counts(imported(site, user, "vehicles", valid)) == (1, 0, 0, 0)
    assert Vehicle.objects.get().company == company
    assert counts(checked(site, user, "vehicles", valid)) == (0, 0, 1, 0)


def test_undoing_removes_the_registrations(site, user):
    undone(imported(site, user, "vehicles", LIST), user)
    assert not Vehicle.objects.exists()


def test_what_cannot_be_registered_is_rejected_at_its_cell(site, user):
    imported(site, user, "vehicles", LIST)
    rows = [
        "沪A12345,Li Na,,,",
        "沪C11111,Wang Min,,,",
        "沪C22222,Zhao,,,",
        "沪A1,Li Na,,,",
        "沪C33333,Li Na,,2026-05-01,2026-04-01",
        "沪C44444,Li Na,,,",
        "沪C·44444,Li Na,,,",
    ]
    batch = checked(site, user, "vehicles", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "plate", "already_registered"),
        (3, "name", "several_people"),
        (4, "name", "unknown_person"),
        (5, "plate", "unusual_plate"),
        (6, "ends_on", "end_before_begin"),
        (8, "plate", "duplicate"),
    ]
