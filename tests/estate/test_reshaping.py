"""Units are split and merged: old ones end, new ones begin, nothing is deleted."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import audit, clock
from core.errors import Rejection
from estate import selectors, services
from estate.models import Unit
from estate.services import UnitPart
from tests.factories import BuildingFactory, UnitFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db
HALVES = (UnitPart("101A", Decimal(50)), UnitPart("101B", Decimal(40), use="office"))


def today(unit):
    return clock.local(clock.now(), unit.site.timezone).date()


def rejected(units, parts, on):
    with pytest.raises(Rejection) as refused:
        services.plan_reshaping(units, parts, on)
    with pytest.raises(Rejection):
        services.reshape_units(units, staff(), parts=parts, on=on)
    return refused.value.code


def test_a_split_is_shown_before_anything_changes():
    unit = UnitFactory(code="101", built_up_area=Decimal(90), floor=1)
    plan = services.plan_reshaping([unit], HALVES, today(unit))
    assert [each.code for each in plan.begins] == ["101A", "101B"]
    assert (plan.area_before, plan.area_after) == (90, 90)
    assert Unit.objects.count() == 1


def test_a_split_ends_the_unit_and_begins_its_parts_on_the_day():
    unit = UnitFactory(code="101", built_up_area=Decimal(90), floor=1, use="shop")
    on = today(unit) - timedelta(days=3)
    services.set_unit_state(unit, staff(), state="vacant", begins_on=on - timedelta(days=9))
    services.reshape_units([unit], staff("li"), parts=HALVES, on=on)
    unit.refresh_from_db()
    assert unit.ended_at == clock.midnight(on, unit.site.timezone)
    parts = Unit.objects.in_use().filter(building=unit.building).order_by("code")
    assert [(each.code, each.use, each.floor) for each in parts] == [
        ("101A", "shop", 1),
        ("101B", "office", 1),
    ]
    assert {selectors.state_on(each, on).state for each in parts} == {"vacant"}
    for each in (unit, *parts):
        entry = audit.history(unit.site, ("unit", each.pk)).last()
        assert (entry.actor, entry.action) == ("li", "split unit")
        assert entry.detail["begun"] == ["101A", "101B"]


def test_a_merger_ends_several_units_and_begins_one():
    building = BuildingFactory()
    units = [
        UnitFactory(building=building, code=code, built_up_area=Decimal(45))
        for code in ("101", "102")
    ]
    plan = services.reshape_units(
        units, staff(), parts=[UnitPart("101-102", Decimal(90))], on=today(units[0])
    )
    assert plan.area_before == plan.area_after == 90
    assert [each.code for each in Unit.objects.in_use()] == ["101-102"]
    assert audit.history(building.site, ("unit", units[1].pk)).last().action == "merge units"


def test_an_area_that_is_not_known_of_all_units_has_no_sum():
    unit = UnitFactory()
    assert services.plan_reshaping([unit], HALVES, today(unit)).area_before is None


def test_too_few_or_too_many_units_and_parts_are_rejected():
    unit = UnitFactory()
    other = UnitFactory(building=unit.building)
    day = today(unit)
    assert rejected([], HALVES, day) == "too_few"
    assert rejected([unit], HALVES[:1], day) == "too_few"
    assert rejected([unit, unit], HALVES[:1], day) == "too_few"
    assert rejected([unit, other], HALVES, day) == "too_many"


def test_units_of_two_buildings_do_not_merge():
    unit = UnitFactory()
    assert rejected([unit, UnitFactory()], HALVES[:1], today(unit)) == "other_building"


def test_a_day_ahead_an_ended_unit_and_taken_codes_are_rejected():
    unit = UnitFactory(code="101")
    day = today(unit)
    assert rejected([unit], HALVES, day + timedelta(days=1)) == "ahead"
    assert rejected([unit], (UnitPart("101"), UnitPart("101B")), day) == "already_used"
    assert rejected([unit], (UnitPart("101B"), UnitPart("101B")), day) == "already_used"
    services.end_place(unit, staff())
    unit.refresh_from_db()
    assert rejected([unit], HALVES, day) == "has_ended"


def test_an_impossible_area_of_a_part_is_rejected():
    unit = UnitFactory()
    parts = (UnitPart("101A", Decimal(50), Decimal(60)), UnitPart("101B"))
    assert rejected([unit], parts, today(unit)) == "larger_than_built_up"
