"""Units have uses, areas and dated states."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import audit
from core.errors import Rejection
from estate import selectors, services
from estate.models import Unit, UnitState
from estate.services import UnitRange
from tests.factories import BuildingFactory, SiteFactory, UnitFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
AREAS = {"built_up_area": Decimal("89.60"), "usable_area": Decimal("71.25")}


def last_entry(unit):
    return audit.history(unit.site, ("unit", unit.pk)).last()


def test_a_unit_has_a_use_a_floor_areas_and_a_coefficient():
    values = {"code": "S-1", "use": "shop", "floor": -1, "coefficient": Decimal("1.5"), **AREAS}
    unit = services.create_unit(BuildingFactory(), staff(), **values)
    unit.refresh_from_db()
    assert {name: getattr(unit, name) for name in values} == values


def test_a_unit_is_a_flat_of_unknown_area_by_default():
    unit = services.create_unit(BuildingFactory(), staff(), code="101")
    assert (unit.use, unit.floor, unit.built_up_area, unit.coefficient) == ("flat", None, None, 1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("use", {"use": "castle"}),
        ("built_up_area", {"built_up_area": Decimal(0)}),
        ("usable_area", {"usable_area": Decimal(-1)}),
        ("usable_area", {"built_up_area": Decimal(50), "usable_area": Decimal("50.01")}),
        ("built_up_area", {"built_up_area": Decimal("50.005")}),
        ("built_up_area", {"built_up_area": Decimal("1e9")}),
        ("coefficient", {"coefficient": Decimal(-1)}),
        ("floor", {"floor": 40_000}),
    ],
)
def test_an_invalid_value_is_rejected_at_its_field(field, values):
    with pytest.raises(Rejection) as rejected:
        services.create_unit(BuildingFactory(), staff(), code="101", **values)
    assert rejected.value.field == field


@pytest.mark.parametrize(
    "values", [{"built_up_area": 0}, {"built_up_area": 50, "usable_area": 51}, {"coefficient": -1}]
)
def test_the_database_refuses_impossible_values(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitFactory(**values)


def test_numbering_sets_floors_use_and_areas():
    site = SiteFactory()
    wanted = UnitRange(buildings=1, floors=3, units=2, use=Unit.Use.OFFICE, **AREAS)
    services.generate_units(site, staff(), wanted)
    units = Unit.objects.filter(building__site=site).order_by("code")
    assert [(unit.code, unit.floor) for unit in units[:3]] == [("101", 1), ("102", 1), ("201", 2)]
    assert {(unit.use, unit.built_up_area) for unit in units} == {("office", Decimal("89.60"))}


def test_numbering_rejects_impossible_areas():
    wanted = UnitRange(buildings=1, floors=1, units=1, built_up_area=Decimal(-1))
    with pytest.raises(Rejection) as rejected:
        services.plan_units(SiteFactory(), wanted)
    assert rejected.value.field == "built_up_area"


def test_a_correction_of_areas_is_shown_first_and_audited_with_its_reason():
    unit = UnitFactory(**AREAS)
    plan = services.plan_area(unit, Decimal("90.10"), Decimal("71.25"))
    assert plan.differs
    assert plan.before == (Decimal("89.60"), Decimal("71.25"))
    assert plan.after == (Decimal("90.10"), Decimal("71.25"))
    services.correct_area(
        unit,
        staff("li"),
        built_up_area=Decimal("90.10"),
        usable_area=Decimal("71.25"),
        reason=" survey of 2026 ",
    )
    unit.refresh_from_db()
    assert unit.built_up_area == Decimal("90.10")
    expected = {"built_up_area": ["89.6", "90.1"], "reason": "survey of 2026"}
    assert (last_entry(unit).actor, last_entry(unit).detail) == ("li", expected)


def test_a_correction_needs_a_reason_and_the_values_that_the_form_showed():
    unit = UnitFactory(**AREAS)
    shown = services.revision_of(unit)
    with pytest.raises(Rejection) as rejected:
        services.correct_area(unit, staff(), **AREAS, reason=" ")
    assert rejected.value.field == "reason"
    services.correct_area(
        unit, staff(), built_up_area=Decimal(95), usable_area=None, reason="survey", revision=shown
    )
    with pytest.raises(Rejection) as rejected:
        services.correct_area(unit, staff(), **AREAS, reason="older survey", revision=shown)
    assert rejected.value.code == "changed_meanwhile"


def test_a_correction_that_changes_no_area_leaves_no_entry():
    unit = UnitFactory(**AREAS)
    services.correct_area(unit, staff(), **AREAS, reason="checked")
    assert last_entry(unit) is None


def test_a_state_holds_until_the_next_one():
    unit = UnitFactory()
    services.set_unit_state(unit, staff(), state="vacant", begins_on=DAY)
    services.set_unit_state(unit, staff(), state="let", begins_on=DAY + timedelta(days=10))
    assert selectors.state_on(unit, DAY - timedelta(days=1)) is None
    assert selectors.state_on(unit, DAY + timedelta(days=9)).state == "vacant"
    assert selectors.state_on(unit, DAY + timedelta(days=10)).state == "let"
    found = selectors.with_state(selectors.units_of(unit.site), DAY).get(pk=unit.pk)
    assert found.state_then == "vacant"


def test_a_state_of_the_same_day_is_replaced():
    unit = UnitFactory()
    for state in ("vacant", "let", "let"):
        services.set_unit_state(unit, staff(), state=state, begins_on=DAY)
    assert [row.state for row in unit.states.all()] == ["let"]
    assert last_entry(unit).detail == {
        "state": "let",
        "begins_on": "2026-03-01",
        "before": "vacant",
    }


def test_a_state_entered_by_mistake_is_removed():
    unit = UnitFactory()
    row = services.set_unit_state(unit, staff(), state="vacant", begins_on=DAY)
    services.remove_unit_state(row, staff())
    assert selectors.state_on(unit, DAY) is None
    assert last_entry(unit).action == "remove unit state"


def test_an_unknown_state_and_an_ended_unit_are_rejected():
    unit = UnitFactory()
    with pytest.raises(Rejection) as rejected:
        services.set_unit_state(unit, staff(), state="haunted", begins_on=DAY)
    assert rejected.value.field == "state"
    services.end_place(unit, staff())
    with pytest.raises(Rejection, match="has ended"):
        services.set_unit_state(unit, staff(), state="vacant", begins_on=DAY)


def test_a_unit_with_states_but_no_other_record_can_be_removed():
    unit = UnitFactory()
    services.set_unit_state(unit, staff(), state="vacant", begins_on=DAY)
    services.remove_place(unit, staff())
    assert not UnitState.objects.exists()


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(UnitState.State.values)), max_size=8))
def test_the_state_of_a_day_is_the_one_set_last_of_the_latest_day_before_it(changes):
    with transaction.atomic():
        unit, actor = UnitFactory(), staff()
        expected: dict[int, str] = {}
        for offset, state in changes:
            begins_on = DAY + timedelta(days=offset)
            services.set_unit_state(unit, actor, state=state, begins_on=begins_on)
            expected[offset] = state
        for offset in range(32):
            earlier = [day for day in expected if day <= offset]
            found = selectors.state_on(unit, DAY + timedelta(days=offset))
            wanted = expected[max(earlier)] if earlier else None
            assert (found.state if found else None) == wanted
        transaction.set_rollback(True)
