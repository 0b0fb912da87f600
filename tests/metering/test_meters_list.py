"""The list of meters: installed with their first readings."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import clock
from metering.models import Meter, MeterPoint, MeterReading
from metering.services import enter_reading
from tests.factories import BuildingFactory, SiteFactory, UnitFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "serial number,building,unit,point,utility,whole digits,decimals,read on,first reading\n"
LIST = (
    HEAD
    + "E-1,3,0803,,electricity,6,2,2026-01-01,1204.50\n"
    + "W-1,3,0803,kitchen,cold water,5,,2026-01-01,17\n"
    + "E-2,3,,stairs,electricity,6,,2026-01-01,0\n"
)


@pytest.fixture
def site():
    site = SiteFactory()
    UnitFactory(building=BuildingFactory(site=site, code="3"), code="0803")
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_meters_are_installed_with_their_first_readings(site, user):
    assert counts(imported(site, user, "meters", LIST)) == (3, 0, 0, 0)
    meter = Meter.objects.get(serial="E-1")
    assert (str(meter.point), meter.point.measure) == ("3-0803", "kWh")
    reading = meter.readings.get()
    assert (reading.register, reading.stage, reading.by) == (Decimal("1204.5"), "installed", user)
    assert Meter.objects.get(serial="W-1").point.name == "kitchen"
    assert Meter.objects.get(serial="E-2").point.unit is None


def test_the_same_list_again_changes_nothing(site, user):
    imported(site, user, "meters", LIST)
    assert counts(checked(site, user, "meters", LIST)) == (0, 0, 3, 0)


def test_what_contradicts_the_register_is_rejected_at_its_cell(site, user):
    imported(site, user, "meters", LIST)
    tomorrow = clock.now().date() + timedelta(days=2)
    rows = [
        "E-1,3,0803,,electricity,6,2,2026-01-01,1300",
        "E-3,9,,,electricity,6,2,2026-01-01,1",
        "E-4,,1,,electricity,6,2,2026-01-01,1",
        "E-5,3,,a,electricity,3,0,2026-01-01,1000",
        f"E-6,3,,b,electricity,3,0,{tomorrow},1",
        "E-7,3,,c,steam,3,0,2026-01-01,1",
    ]
    batch = checked(site, user, "meters", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "register", "differs"),
        (3, "building", "unknown_building"),
        (4, "building", "missing"),
        (5, "register", "out_of_range"),
        (6, "installed_on", "in_the_future"),
        (7, "utility", "not_a_choice"),
    ]


def test_a_place_has_one_meter_of_a_utility_unless_the_points_have_names(site, user):
    imported(site, user, "meters", LIST)
    rows = ["E-9,3,0803,,electricity,6,2,2026-01-01,1", "E-8,3,,lift,electricity,6,0,2026-01-01,1"]
    rows += ["E-7,3,,lift,electricity,6,0,2026-01-01,1"]
    batch = checked(site, user, "meters", HEAD + "\n".join(rows))
    assert problems(batch) == [(2, "utility", "point_taken"), (4, "utility", "duplicate")]


def test_undoing_removes_meters_that_were_not_read_since(site, user):
    batch = undone(imported(site, user, "meters", LIST), user)
    assert batch.state == "undone"
    assert not MeterPoint.objects.exists()
    assert not MeterReading.objects.exists()


def test_a_meter_that_was_read_since_stays(site, user):
    batch = imported(site, user, "meters", LIST)
    meter = Meter.objects.get(serial="E-1")
    enter_reading(meter, user, register=Decimal("1300"), at=clock.now(), note="-")
    batch = undone(batch, user)
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    assert Meter.objects.count() == 3
