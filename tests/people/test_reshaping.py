"""Units are split and merged with those who occupy them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import Rejection
from estate.models import Unit
from estate.services import UnitPart
from people import selectors, services
from people.models import Occupancy
from people.periods import today
from people.services import NewOccupancy
from tests.factories import (
    BuildingFactory,
    OccupancyFactory,
    PersonFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db
HALVES = (UnitPart("101A"), UnitPart("101B"))


@pytest.fixture
def unit():
    return UnitFactory(code="101")


def settle(unit, role, on=-10, **more):
    new = NewOccupancy(PersonFactory(site=unit.site), role, **more)
    return services.move_in(unit, staff(), new, on=today(unit.site) + timedelta(days=on))


def split(unit, carried, parts=HALVES, **more):
    on = today(unit.site)
    return services.reshape_units([unit], staff(), parts=parts, on=on, carried=carried, **more)


def roles_in(unit, code):
    now = Occupancy.objects.filter(unit__building=unit.building, unit__code=code, ends_on=None)
    return {(each.person_id, each.role) for each in now}


def test_occupancies_go_on_in_the_chosen_parts(unit):
    owner = settle(unit, "owner", share=Decimal(1), pays=("",))
    tenant = settle(unit, "tenant", pays=("water",))
    split(unit, {owner.pk: ["101A", "101B"], tenant.pk: ["101B"]})
    assert roles_in(unit, "101A") == {(owner.person_id, "owner")}
    assert roles_in(unit, "101B") == {(owner.person_id, "owner"), (tenant.person_id, "tenant")}
    part = Unit.objects.get(building=unit.building, code="101B")
    payers = selectors.payers_of(part, today(unit.site))
    assert {kind: each.person for kind, each in payers.items()} == {
        "": owner.person,
        "water": tenant.person,
    }
    shares = Occupancy.objects.filter(unit=part, role="owner").values_list("share", flat=True)
    assert list(shares) == [1]
    owner.refresh_from_db()
    assert owner.ends_on == today(unit.site)


def test_who_goes_on_keeps_the_car_and_who_is_left_out_loses_it(unit):
    owner, tenant = settle(unit, "owner"), settle(unit, "tenant")
    kept, lost = VehicleFactory(person=owner.person), VehicleFactory(person=tenant.person)
    plan = services.plan_reshaping(
        [unit], HALVES, on=today(unit.site), carried={owner.pk: ["101A"]}
    )
    assert plan.left_out == (tenant,)
    split(unit, {owner.pk: ["101A"]})
    for car in (kept, lost):
        car.refresh_from_db()
    assert kept.ends_at is None
    assert lost.ends_at is not None


def test_the_owner_of_two_units_owns_the_merged_one_once():
    building = BuildingFactory()
    first, second = (UnitFactory(building=building, code=code) for code in ("101", "102"))
    owner = settle(first, "owner", share=Decimal(1), pays=("",))
    again = services.move_in(
        second,
        staff(),
        NewOccupancy(owner.person, "owner", share=Decimal(1), pays=("", "water")),
        on=owner.begins_on,
    )
    services.reshape_units(
        [first, second],
        staff(),
        parts=[UnitPart("101-102")],
        on=today(building.site),
        carried={owner.pk: ["101-102"], again.pk: ["101-102"]},
    )
    merged = Unit.objects.in_use().get(building=building)
    found = Occupancy.objects.get(unit=merged)
    assert (found.person, found.share) == (owner.person, None)
    assert set(selectors.payers_of(merged, today(building.site))) == {""}


def test_an_unknown_choice_is_rejected_and_nothing_changes(unit):
    owner = settle(unit, "owner")
    stranger = OccupancyFactory()
    for carried in ({owner.pk: ["999"]}, {stranger.pk: ["101A"]}):
        with pytest.raises(Rejection) as refused:
            split(unit, carried)
        assert refused.value.field == "carried"
    assert list(Unit.objects.filter(building=unit.building)) == [unit]


def test_an_occupancy_that_begins_later_is_settled_first(unit):
    settle(unit, "owner", on=5)
    with pytest.raises(Rejection) as refused:
        split(unit, {})
    assert refused.value.code == "before_begin"
