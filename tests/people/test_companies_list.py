"""The list of companies: what they rent, and who of them pays."""

import pytest

from core.models import AuditEntry
from people.models import Company, Occupancy
from people.periods import today
from people.selectors import payer_of
from people.services import register_company
from tests.factories import BuildingFactory, SiteFactory, UnitFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "name,tax number,contact,building,unit,role,from,pays\n"
SWIFT, POLAR = "91310115MA1H7T4K3Q", "91310115MA1J5X6C1H"
LIST = (
    HEAD
    + f"Swift Freight,{SWIFT},Ma Chao,W1,A,tenant,2026-01-01,yes\n"
    + f"Swift Freight,{SWIFT.lower()},,W1,B,tenant,2026-01-01,yes\n"
    + f"Polar Fresh,{POLAR},,,,,,\n"
)


@pytest.fixture
def site():
    site = SiteFactory()
    building = BuildingFactory(site=site, code="W1")
    for code in "ABC":
        UnitFactory(building=building, code=code, use="warehouse")
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_companies_come_in_once_with_all_that_they_rent(site, user):
    batch = imported(site, user, "companies", LIST)
    assert counts(batch) == (3, 0, 0, 0)
    swift = Company.objects.get(tax_number=SWIFT)
    assert (swift.name, swift.contact) == ("Swift Freight", "Ma Chao")
    units = [each.unit for each in swift.occupancies.order_by("unit__code")]
    assert [unit.code for unit in units] == ["A", "B"]
    assert payer_of(units[0], "", today(site)).company == swift
    assert units[0].states.get().state == "let"
    assert AuditEntry.objects.filter(action="register company").count() == 2


def test_the_same_list_again_changes_nothing(site, user):
    imported(site, user, "companies", LIST)
    assert counts(imported(site, user, "companies", LIST)) == (0, 0, 3, 0)


def test_a_tax_number_is_added_to_the_company_of_that_name(site, user):
    known = register_company(site, user, name="Polar Fresh")
    batch = imported(site, user, "companies", f"name,tax number\nPOLAR FRESH,{POLAR}\n")
    assert counts(batch) == (0, 1, 0, 0)
    known.refresh_from_db()
    assert (known.name, known.tax_number) == ("Polar Fresh", POLAR)


def test_what_contradicts_the_register_is_rejected_at_its_cell(site, user):
    imported(site, user, "companies", LIST)
    for number in ("1", "2"):
        register_company(site, user, name="Eastport", tax_number=number)
    rows = [
        f"Another name,{SWIFT},,,,,,",
        "Eastport,,,,,,,",
        "Clearway,,,W1,A,tenant,,yes",
        "Clearway,,,W1,C,family,,",
        "Clearway,,,W1,,tenant,,",
        f"Swift Freight,{SWIFT},,W1,A,owner,,",
    ]
    assert problems(checked(site, user, "companies", HEAD + "\n".join(rows))) == [
        (2, "tax_number", "other_company"),
        (3, "name", "several_companies"),
        (4, "pays", "two_payers"),
        (5, "role", "not_a_choice"),
        (6, "unit", "missing"),
        (7, "role", "other_role"),
    ]


def test_an_import_of_companies_is_undone_whole(site, user):
    batch = undone(imported(site, user, "companies", LIST), user)
    assert batch.state == "undone"
    assert not Company.objects.exists()
    assert not Occupancy.objects.exists()


def test_a_company_that_has_got_something_since_is_not_removed(site, user):
    batch = imported(site, user, "companies", LIST)
    swift = Company.objects.get(tax_number=SWIFT)
    Occupancy.objects.create(
        site=site,
        company=swift,
        unit=site.buildings.get().units.get(code="C"),
        role="tenant",
        begins_on=today(site),
    )
    assert undone(batch, user).problem["code"] == "in_use"
    assert Company.objects.count() == 2
