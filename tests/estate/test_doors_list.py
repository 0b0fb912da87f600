"""The list of doors: doors, zones and groups are created, and all of it undone."""

import pytest

from core import clock
from estate.models import Door, DoorGroup, Zone
from tests.factories import BuildingFactory, DoorFactory, SiteFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "code,name,type,building,zone,group,unlocked for (s),second factor\n"
LIST = HEAD + "h3,House 3,entrance,3,court,houses,5,no\nt1,,turnstile,,court,,,yes\n"


@pytest.fixture
def site():
    site = SiteFactory(language="en")
    BuildingFactory(site=site, code="3")
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_doors_come_in_with_their_zones_and_groups(site, user):
    assert counts(imported(site, user, "doors", LIST)) == (2, 0, 0, 0)
    door, turnstile = Door.objects.filter(site=site).order_by("code")
    assert (door.name, door.building.code, door.zone.code) == ("House 3", "3", "court")
    assert (door.unlock_seconds, door.second_factor) == (5, False)
    assert (turnstile.name, turnstile.type, turnstile.second_factor) == ("t1", "turnstile", True)
    assert list(DoorGroup.objects.get(code="houses").doors.all()) == [door]
    assert counts(imported(site, user, "doors", LIST)) == (0, 0, 2, 0)


def test_an_empty_cell_changes_nothing_and_another_value_does(site, user):
    imported(site, user, "doors", LIST)
    batch = imported(site, user, "doors", HEAD + "h3,,lift,,,gardens,,\n")
    assert counts(batch) == (0, 1, 0, 0)
    door = Door.objects.get(code="h3")
    assert (door.type, door.name, door.unlock_seconds) == ("lift", "House 3", 5)
    assert door.groups.count() == 2
    undone(batch, user)
    door.refresh_from_db()
    assert door.type == "entrance"
    assert [group.code for group in door.groups.all()] == ["houses"]
    assert not DoorGroup.objects.filter(code="gardens").exists()


def test_undoing_removes_what_the_list_has_created(site, user):
    undone(imported(site, user, "doors", LIST), user)
    assert not Door.objects.filter(site=site).exists()
    assert not Zone.objects.filter(site=site).exists()
    assert not DoorGroup.objects.filter(site=site).exists()


def test_what_cannot_be_is_rejected_at_its_cell(site, user):
    DoorFactory(site=site, code="old", ended_at=clock.now())
    rows = ["d1,,,9,,,,", "old,,,,,,,", "d2,,castle,,,,,", "d3,,,,,,500,", "d4,,,,,,,perhaps"]
    assert problems(checked(site, user, "doors", HEAD + "\n".join(rows))) == [
        (2, "building", "unknown"),
        (3, "code", "has_ended"),
        (4, "type", "not_a_choice"),
        (5, "unlock_seconds", "out_of_range"),
        (6, "second_factor", "not_a_boolean"),
    ]
