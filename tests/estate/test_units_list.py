"""The list of units: buildings are created, areas and states set, and all of it undone."""

from datetime import date
from decimal import Decimal

import pytest

from core import clock
from core.models import AuditEntry
from estate.models import Building, Unit, UnitState
from people.models import Occupancy
from tests.factories import BuildingFactory, PersonFactory, SiteFactory, UnitFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "building,unit,use,floor,built-up area,usable area,coefficient,state,state since\n"
LIST = HEAD + "3,0803,flat,8,89.50,71.2,1,occupied,2026-01-01\n3,0101,shop,1,40,,,,\n"


@pytest.fixture
def site():
    return SiteFactory(language="en")


@pytest.fixture
def user():
    return UserFactory()


def test_units_come_in_with_their_buildings(site, user):
    batch = imported(site, user, "units", LIST)
    assert counts(batch) == (2, 0, 0, 0)
    building = Building.objects.get(site=site)
    assert (building.code, building.name) == ("3", "Building 3")
    flat = building.units.get(code="0803")
    assert (flat.use, flat.floor, flat.built_up_area) == ("flat", 8, Decimal("89.50"))
    assert flat.states.get().state == "occupied"
    assert building.units.get(code="0101").coefficient == 1


def test_each_unit_has_its_own_history(site, user):
    imported(site, user, "units", LIST)
    actions = AuditEntry.objects.filter(site=site).values_list("action", flat=True)
    assert sorted(actions) == [
        "create building",
        "create unit",
        "create unit",
        "import list",
        "set unit state",
    ]


def test_the_same_list_again_changes_nothing(site, user):
    imported(site, user, "units", LIST)
    assert counts(imported(site, user, "units", LIST)) == (0, 0, 2, 0)


def test_a_chinese_list_is_the_same_list(site, user):
    imported(site, user, "units", LIST)
    table = "楼栋\t房号\t用途\t建筑面积\n３\t0803\t商铺\t９０\n"
    batch = imported(site, user, "units", table.encode("gb18030"))
    assert counts(batch) == (0, 1, 0, 0)
    assert Unit.objects.get(code="0803").use == "shop"


def test_an_empty_cell_changes_nothing_and_another_value_does(site, user):
    imported(site, user, "units", LIST)
    batch = checked(site, user, "units", "building,unit,floor,state\n3,0803,,vacant\n3,0101,2,\n")
    assert counts(batch) == (0, 2, 0, 0)
    changes = [row.changes for row in batch.rows.order_by("number")]
    assert changes == [{"state": ["occupied", "vacant"]}, {"floor": [1, 2]}]


def test_a_state_of_an_earlier_day_is_compared_with_that_day(site, user):
    imported(site, user, "units", LIST)
    again = "building,unit,state,state since\n3,0803,occupied,2026-03-01\n"
    assert counts(checked(site, user, "units", again)) == (0, 0, 1, 0)


def test_what_cannot_be_is_rejected_at_its_cell(site, user):
    ended = BuildingFactory(site=site, code="9", ended_at=clock.now())
    UnitFactory(building=BuildingFactory(site=site, code="1"), code="E", ended_at=clock.now())
    rows = [
        "3,0803,flat,8,70,71.2,1,,",
        f"{ended.code},1,,,,,,,",
        "1,E,,,,,,,",
        "3,2,castle,,,,,,",
        "3,3,,,,,,,2026-01-01",
        "3,4,,x,-5,,,,",
        "3,5,,,,,,,",
        "3,5,,,,,,,",
        ",6,,,,,,,",
    ]
    batch = checked(site, user, "units", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "usable_area", "larger_than_built_up"),
        (3, "building", "has_ended"),
        (4, "unit", "has_ended"),
        (5, "use", "not_a_choice"),
        (6, "state", "missing"),
        (7, "floor", "not_a_number"),
        (7, "built_up_area", "out_of_range"),
        (9, "unit", "duplicate"),
        (10, "building", "missing"),
    ]


def test_one_area_is_checked_against_the_other_that_the_unit_has(site, user):
    imported(site, user, "units", LIST)
    batch = checked(site, user, "units", "building,unit,usable area\n3,0803,95\n")
    assert problems(batch) == [(2, "usable_area", "larger_than_built_up")]


def test_undoing_removes_what_is_new_and_restores_the_rest(site, user):
    kept = UnitFactory(building=BuildingFactory(site=site, code="1"), code="7", floor=3)
    UnitState.objects.create(unit=kept, state="vacant", begins_on=date(2026, 1, 1))
    table = HEAD + "1,7,,4,50,,,let,2026-01-01\n3,0803,flat,8,89.50,71.2,1,occupied,2026-01-01\n"
    batch = undone(imported(site, user, "units", table), user)
    assert batch.state == "undone"
    assert list(Building.objects.filter(site=site).values_list("code", flat=True)) == ["1"]
    kept.refresh_from_db()
    assert (kept.floor, kept.built_up_area, kept.states.get().state) == (3, None, "vacant")


def test_units_with_residents_are_not_removed(site, user):
    batch = imported(site, user, "units", LIST)
    Occupancy.objects.create(
        site=site,
        unit=Unit.objects.get(code="0803"),
        person=PersonFactory(site=site),
        role="owner",
        begins_on=date(2026, 1, 1),
    )
    batch = undone(batch, user)
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    assert Unit.objects.count() == 2


def test_a_building_that_got_other_units_is_not_removed(site, user):
    batch = imported(site, user, "units", LIST)
    UnitFactory(building=Building.objects.get(site=site), code="other")
    assert undone(batch, user).problem["code"] == "in_use"


def test_what_was_changed_since_is_not_restored(site, user):
    unit = UnitFactory(building=BuildingFactory(site=site, code="1"), code="7", floor=3)
    batch = imported(site, user, "units", "building,unit,floor\n1,7,4\n")
    Unit.objects.filter(pk=unit.pk).update(floor=5)
    assert undone(batch, user).problem["code"] == "changed_since"


def test_units_of_another_site_are_not_touched(site, user):
    other = UnitFactory(building=BuildingFactory(code="3"), code="0803", floor=1)
    imported(site, user, "units", LIST)
    other.refresh_from_db()
    assert other.floor == 1
