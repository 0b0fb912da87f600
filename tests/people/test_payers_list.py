"""The list of payers: who pays a kind of fee of a unit or bay, from a day on."""

from datetime import date

import pytest

from people import ports, selectors, services
from people.models import PayerPeriod
from tests.factories import CompanyFactory, OccupancyFactory, SiteFactory, UnitFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "building,unit,fee,payer,phone,from\n"
LIST = HEAD + "1,0803,Water,Wang Lei,,2026-03-01\n1,0803,,xu mei,,2026-03-01\n"
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(ports, "_fee_kinds", [lambda site: {"water": "Water", "heat": "Heating"}])


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def unit(site):
    unit = UnitFactory(building__site=site, building__code="1", code="0803")
    for name, role in (("Xu Mei", "owner"), ("Wang Lei", "tenant")):
        begins = date(2026, 1, 1)
        OccupancyFactory(
            person__site=site, person__name=name, unit=unit, role=role, begins_on=begins
        )
    return unit


@pytest.fixture
def user():
    return UserFactory()


def payers(unit, day=DAY):
    found = selectors.payers_of(unit, day)
    return {kind: occupancy.holder.name for kind, occupancy in found.items()}


def test_each_kind_of_fee_has_its_payer_from_the_day_on(site, unit, user):
    assert counts(imported(site, user, "payers", LIST)) == (2, 0, 0, 0)
    assert payers(unit) == {"water": "Wang Lei", "": "Xu Mei"}
    assert payers(unit, date(2026, 2, 28)) == {}


def test_the_same_list_again_changes_nothing_and_another_payer_takes_over(site, unit, user):
    imported(site, user, "payers", LIST)
    assert counts(checked(site, user, "payers", LIST)) == (0, 0, 2, 0)
    later = HEAD + "1,0803,water,Xu Mei,,2026-04-01\n"
    batch = imported(site, user, "payers", later)
    assert counts(batch) == (0, 1, 0, 0)
    assert payers(unit)["water"] == "Wang Lei"
    assert payers(unit, date(2026, 4, 1))["water"] == "Xu Mei"
    undone(batch, user)
    assert payers(unit, date(2026, 4, 1))["water"] == "Wang Lei"


def test_who_was_entered_for_the_same_day_is_replaced(site, unit, user):
    imported(site, user, "payers", LIST)
    batch = imported(site, user, "payers", LIST.replace("Wang Lei", "Xu Mei"))
    assert counts(batch) == (0, 1, 1, 0)
    assert PayerPeriod.objects.filter(fee_kind="water").count() == 1
    assert payers(unit)["water"] == "Xu Mei"
    undone(batch, user)
    assert payers(unit)["water"] == "Wang Lei"


def test_a_company_pays_for_what_it_rents(site, unit, user):
    company = CompanyFactory(site=site, name="Harbour Freight")
    OccupancyFactory(person=None, company=company, site=site, unit=unit, begins_on=DAY)
    imported(site, user, "payers", HEAD + "1,0803,Heating,harbour freight,,2026-03-01\n")
    assert payers(unit) == {"heat": "Harbour Freight"}


def test_what_contradicts_the_register_is_rejected_at_its_cell(site, unit, user):
    rows = (
        "1,0803,lift,Xu Mei,,",
        "1,0804,water,Xu Mei,,",
        "1,0803,water,Li Na,,",
        "1,0803,heat,Xu Mei,,2025-12-31",
        ",,heat,Xu Mei,,",
        "1,0803,,,,",
    )
    batch = checked(site, user, "payers", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "fee_kind", "unknown_fee"),
        (3, "unit", "unknown_unit"),
        (4, "name", "not_holding"),
        (5, "name", "not_holding"),
        (6, "unit", "missing"),
        (7, "name", "missing"),
    ]


def test_a_payer_who_begins_later_is_not_overtaken(site, unit, user):
    imported(site, user, "payers", LIST)
    batch = checked(site, user, "payers", LIST.replace("2026-03-01", "2026-02-01"))
    assert {code for _row, _column, code in problems(batch)} == {"later_payer"}


def test_an_import_after_which_another_payer_was_set_is_not_undone(site, unit, user):
    imported(site, user, "payers", LIST)
    later = HEAD + "1,0803,water,Xu Mei,,2026-04-01\n"
    batch = imported(site, user, "payers", later)
    tenant = unit.occupancies.get(role="tenant")
    services.set_payer(tenant, user, on=date(2027, 1, 1), fee_kinds=["water"])
    batch = undone(batch, user)
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    assert payers(unit, date(2026, 5, 1))["water"] == "Xu Mei"
