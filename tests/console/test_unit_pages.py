"""The page of a unit, and its guided steps: states, areas, splits and mergers."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from core.permissions import StandardRole
from estate.models import Unit, UnitState
from estate.permissions import EstatePermission
from people import services
from people.models import Occupancy, Permission, Role, RolePermission
from people.periods import today
from people.services import NewOccupancy
from tests.browsers import hire, signed_in, text
from tests.factories import OccupancyFactory, PersonFactory, UnitFactory, VehicleFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(here):
    return today(here.site)


@pytest.fixture
def unit(here):
    return UnitFactory(
        building__site=here.site, building__code="9", code="0901", built_up_area=Decimal(90)
    )


@pytest.fixture
def step(manager):
    """Submit a form, look at its plan, and confirm it; return the plan's page."""

    def run(address, values):
        plan = manager.post(address, values)
        assert plan.status_code == 200, text(plan)
        token = re.search(r'name="confirm" value="(\w+)"', plan.content.decode())[1]
        done = manager.post(address, {**values, "confirm": token}, headers={"HX-Request": "true"})
        assert done.status_code == 204, text(done)
        return text(plan)

    return run


def test_a_unit_shows_who_lives_there_who_pays_and_its_timeline(here, manager, unit, day):
    tenant, owner = (PersonFactory(site=here.site, name=name) for name in ("Wang Lei", "Xu Mei"))
    services.move_in(unit, staff(), NewOccupancy(owner, "owner", pays=("",)), on=day - timedelta(9))
    services.move_in(unit, staff(), NewOccupancy(tenant, "tenant", pays=("water",)), on=day)
    VehicleFactory(person=tenant, plate="沪E77777")
    shown = text(manager.get(here.url("place_unit", unit.pk)))
    for words in ("Household", "沪E</b>77777", "water", "let since", "Timeline"):
        assert words in shown, words
    assert here.url("person", owner.pk) in shown
    assert shown.index("State: <b>let</b>") < shown.index("State: <b>occupied</b>")


def test_units_are_filtered_by_state_and_by_who_is_registered(here, manager, unit, day):
    UnitState.objects.create(unit=unit, state="under_renovation", begins_on=day)
    OccupancyFactory(person__site=here.site, person__name="Wang Lei", unit=unit)
    other = UnitFactory(building__site=here.site, code="0777")
    for filters in ({"unit_state": "under_renovation"}, {"occupied": "with", "q": "0901"}):
        answer = manager.post(here.url("unit_list"), {**filters, "filter": "1"}, follow=True)
        assert "Wang Lei" in text(answer)
        assert other.code not in text(answer)


def test_who_may_not_see_people_exports_units_without_them(here, unit):
    role = Role.objects.get(site=None, code=StandardRole.TECHNICIAN)
    places = Permission.objects.get(code=EstatePermission.MANAGE_PLACES)
    RolePermission.objects.create(role=role, permission=places)
    OccupancyFactory(person__site=here.site, person__name="Wang Lei", unit=unit)
    client = signed_in(hire(here.site, StandardRole.TECHNICIAN))
    exported = client.get(here.url("unit_list"), {"export": "csv", "q": "0901"})
    content = b"".join(exported.streaming_content).decode()
    assert "0901" in content
    assert "Wang Lei" not in content


def test_a_state_is_set_from_a_day_on_and_removed(here, manager, unit, day, step):
    UnitState.objects.create(unit=unit, state="vacant", begins_on=day - timedelta(days=30))
    values = {"state": "under_renovation", "begins_on": day}
    assert "<s>vacant</s>" in step(here.url("set_unit_state", unit.pk), values)
    row = unit.states.get(state="under_renovation")
    assert manager.post(here.url("remove_unit_state", row.pk)).status_code == 204
    assert [each.state for each in unit.states.all()] == ["vacant"]


def test_a_corrected_area_stands_in_the_timeline_with_its_reason(here, manager, unit, step):
    form = manager.get(here.url("correct_area", unit.pk)).content.decode()
    revision = form.partition('name="revision" value="')[2].partition('"')[0]
    values = {"built_up_area": "92.5", "usable_area": "", "reason": "survey", "revision": revision}
    assert "<s>90.00</s>" in step(here.url("correct_area", unit.pk), values)
    unit.refresh_from_db()
    assert unit.built_up_area == Decimal("92.5")
    shown = text(manager.get(here.url("place_unit", unit.pk)))
    assert "Areas corrected" in shown
    assert "survey" in shown


def test_a_split_carries_each_occupancy_into_the_chosen_parts(here, unit, day, step):
    stays, leaves = (
        OccupancyFactory(person__site=here.site, person__name=name, unit=unit)
        for name in ("Stays Here", "Leaves Now")
    )
    car = VehicleFactory(person=leaves.person, plate="沪E77777")
    values = {
        "on": day,
        "part-0-code": "0901A",
        "part-0-built_up_area": "50",
        "part-1-code": "0901B",
        "part-1-built_up_area": "30",
        f"carried-{stays.pk}": ["0", "1"],
    }
    plan = step(here.url("split_unit", unit.pk), values)
    assert "0901A, 0901B" in plan
    assert "moves out" in plan
    assert car.plate in plan
    assert "The built-up area was 90" in plan
    rooms = Occupancy.objects.filter(person=stays.person, ends_on=None)
    assert sorted(each.unit.code for each in rooms) == ["0901A", "0901B"]
    unit.refresh_from_db()
    assert unit.ended_at is not None


def test_a_code_that_is_taken_is_rejected(here, manager, unit, day):
    UnitFactory(building=unit.building, code="0902")
    values = {"on": day, "part-0-code": "0902", "part-1-code": "0903"}
    answer = manager.post(here.url("split_unit", unit.pk), values)
    assert answer.status_code == 422
    assert "0902 is already in use" in text(answer)


def test_who_was_chosen_goes_on_in_the_merged_unit(here, manager, unit, day, step):
    other = UnitFactory(building=unit.building, code="0902", built_up_area=Decimal(60))
    homes = [OccupancyFactory(person__site=here.site, unit=each) for each in (unit, other)]
    values = {"others": "0902", "on": day, "code": "0901-2", "built_up_area": "150"}
    address = here.url("merge_units", unit.pk)
    asked = manager.post(address, values)
    assert asked.status_code == 422
    assert "Choose who goes on in the new unit" in text(asked)
    assert text(asked).count("checked") == len(homes), "everyone, unless a person says otherwise"
    keys = [str(each.pk) for each in homes]
    chosen = {"offered": " ".join(keys), "staying": keys[:1]}
    assert "moves out" in step(address, values | chosen)
    merged = Unit.objects.get(building=unit.building, code="0901-2")
    assert [each.person for each in Occupancy.objects.filter(unit=merged)] == [homes[0].person]


@pytest.mark.parametrize("others", ["0999", "", " ,"])
def test_units_to_merge_with_have_to_exist(here, manager, unit, day, others):
    values = {"others": others, "on": day, "code": "0901-2"}
    answer = manager.post(here.url("merge_units", unit.pk), values)
    assert answer.status_code == 422
