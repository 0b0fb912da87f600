"""Many units and bays are created at once, each code once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import audit
from core.errors import Rejection
from estate import services
from estate.models import Bay, Building, Unit
from estate.services import BayRange, UnitRange
from tests.factories import BayFactory, BuildingFactory, LotFactory, SiteFactory, UnitFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db

ESTATE = UnitRange(buildings=6, floors=18, units=4)


def units_of(site):
    found = Unit.objects.filter(building__site=site)
    return {f"{unit.building.code}-{unit.code}" for unit in found.select_related("building")}


def test_six_buildings_of_eighteen_floors_and_four_units_are_432_units():
    site = SiteFactory()
    plan = services.plan_units(site, ESTATE)
    assert (plan.new, plan.buildings, plan.first, plan.last) == (432, 6, "1-101", "6-1804")
    assert not Building.objects.exists()
    services.generate_units(site, staff("li"), ESTATE)
    assert len(units_of(site)) == Unit.objects.count() == 432
    assert {"1-101", "3-1203", "6-1804"} <= units_of(site)
    entry = audit.history(site, ("site", site.pk)).get()
    assert (entry.actor, entry.action) == ("li", "generate units")
    assert entry.detail == {
        "first": "1-101",
        "last": "6-1804",
        "created": 432,
        "existing": 0,
        "buildings": 6,
    }


def test_a_second_run_creates_no_duplicates_and_names_what_exists():
    site = SiteFactory()
    services.generate_units(site, staff(), ESTATE)
    plan = services.plan_units(site, ESTATE)
    assert (plan.new, plan.buildings, plan.existing) == (0, 0, 432)
    assert len(plan.examples) == 5
    assert set(plan.examples) <= units_of(site)
    services.generate_units(site, staff(), ESTATE)
    assert Unit.objects.count() == 432
    assert audit.history(site, ("site", site.pk)).count() == 1


def test_only_missing_units_are_added_to_a_building_that_exists():
    building = BuildingFactory(code="2", name="Cedar House")
    UnitFactory(building=building, code="101")
    wanted = UnitRange(buildings=2, floors=2, units=2)
    plan = services.generate_units(building.site, staff(), wanted)
    assert (plan.new, plan.existing, plan.examples) == (7, 1, ("2-101",))
    building.refresh_from_db()
    assert building.name == "Cedar House"
    assert building.units.count() == 4


def test_another_site_s_buildings_do_not_count():
    other = BuildingFactory(code="1")
    UnitFactory(building=other, code="101")
    site = SiteFactory()
    assert services.generate_units(site, staff(), ESTATE).new == 432
    assert other.units.count() == 1


@pytest.mark.parametrize(("language", "name"), [("en", "Building 1"), ("zh-hans", "1号楼")])
def test_buildings_are_named_in_the_language_of_the_site(language, name):
    site = SiteFactory(language=language)
    services.generate_units(site, staff(), UnitRange(buildings=1, floors=1, units=1))
    assert Building.objects.get(site=site).name == name


@pytest.mark.parametrize(
    ("pattern", "first", "last"),
    [
        ("{floor}{unit:2}", "101", "1204"),
        ("{floor:2}{unit:2}", "0101", "1204"),
        ("{floor}-{unit}", "1-1", "12-4"),
        ("F{floor:3}/{unit:1}", "F001/1", "F012/4"),
    ],
)
def test_a_pattern_makes_the_codes(pattern, first, last):
    codes = UnitRange(buildings=1, floors=12, units=4, pattern=pattern).unit_codes()
    assert (codes[0], codes[-1]) == (first, last)


@pytest.mark.parametrize(
    ("field", "code", "values"),
    [
        ("pattern", "invalid_pattern", {"pattern": "{floor}"}),
        ("pattern", "invalid_pattern", {"pattern": "{unit}"}),
        ("pattern", "invalid_pattern", {"pattern": "{floor}{unit}"}),
        ("pattern", "invalid_pattern", {"pattern": "{stair}{unit:2}{floor}"}),
        ("pattern", "invalid_pattern", {"pattern": ""}),
        ("pattern", "too_long", {"pattern": "x" * 16 + "{floor}-{unit:2}"}),
        ("buildings", "out_of_range", {"buildings": 0}),
        ("floors", "out_of_range", {"floors": 151}),
        ("units", "out_of_range", {"units": -1}),
        ("first_building", "out_of_range", {"first_building": -1}),
        ("buildings", "too_many", {"buildings": 200, "floors": 100, "units": 2}),
    ],
)
def test_a_range_that_cannot_be_numbered_is_rejected(field, code, values):
    site = SiteFactory()
    wanted = UnitRange(**{"buildings": 2, "floors": 12, "units": 12, **values})
    for attempt in (services.plan_units, lambda s, w: services.generate_units(s, staff(), w)):
        with pytest.raises(Rejection) as rejected:
            attempt(site, wanted)
        assert (rejected.value.field, rejected.value.code) == (field, code)
    assert not Building.objects.exists()


def test_a_range_with_a_building_that_has_ended_is_rejected():
    building = BuildingFactory(code="3")
    services.end_place(building, staff())
    with pytest.raises(Rejection, match="has ended"):
        services.generate_units(building.site, staff(), ESTATE)
    assert Building.objects.count() == 1


def test_bays_are_numbered_in_a_row():
    lot = LotFactory()
    wanted = BayRange(letters="A-", first=1, count=120)
    plan = services.plan_bays(lot, wanted)
    assert (plan.new, plan.first, plan.last) == (120, "A-001", "A-120")
    services.generate_bays(lot, staff("li"), wanted)
    assert Bay.objects.filter(lot=lot).count() == 120
    entry = audit.history(lot.site, ("lot", lot.pk)).get()
    assert (entry.action, entry.detail["created"]) == ("generate bays", 120)


def test_a_row_that_overlaps_another_adds_only_its_own_bays():
    lot = BayFactory(code="A-003").lot
    BayFactory(code="A-004")  # of another lot
    plan = services.generate_bays(lot, staff(), BayRange(letters="A-", first=1, count=5))
    assert (plan.new, plan.existing, plan.examples) == (4, 1, ("A-003",))
    assert services.generate_bays(lot, staff(), BayRange(letters="A-", first=1, count=5)).new == 0
    assert lot.bays.count() == 5


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("count", {"count": 0}),
        ("count", {"count": 5001}),
        ("first", {"first": -1}),
        ("digits", {"digits": 0}),
        ("letters", {"letters": "x" * 18}),
    ],
)
def test_a_row_that_cannot_be_numbered_is_rejected(field, values):
    lot = LotFactory()
    wanted = BayRange(**{"letters": "A-", "first": 1, "count": 5, "digits": 3, **values})
    with pytest.raises(Rejection) as rejected:
        services.generate_bays(lot, staff(), wanted)
    assert rejected.value.field == field


def test_a_lot_that_has_ended_gets_no_bays():
    lot = services.end_place(LotFactory(), staff())
    with pytest.raises(Rejection, match="has ended"):
        services.generate_bays(lot, staff(), BayRange(letters="A-", first=1, count=5))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["A-", "B", ""]), st.integers(0, 40), st.integers(1, 12)),
        min_size=1,
        max_size=5,
    ),
    digits=st.integers(1, 4),
)
def test_any_rows_in_any_order_create_each_code_once(rows, digits):
    lot = LotFactory()
    ranges = [BayRange(prefix, first, count, digits) for prefix, first, count in rows]
    plans = [services.generate_bays(lot, staff(), each) for each in ranges]
    wanted = {code for each in ranges for code in each.codes()}
    assert set(lot.bays.values_list("code", flat=True)) == wanted
    assert sum(plan.new for plan in plans) == len(wanted)
