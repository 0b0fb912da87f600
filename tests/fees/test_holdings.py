"""What fees hold of a person: leases and single charges, exported, and kept without names."""

from datetime import date

import pytest

from core.holdings import Identity
from fees import holdings
from fees.models import OneOffCharge
from fees.services import leases
from fees.services.leases import NewLease, NewStep
from fees.services.single_charges import SingleCharge, charge_once
from people.periods import today
from tests.factories import FeeItemFactory, PersonFactory, SiteFactory, UserFactory
from tests.fees.units import unit_of
from tests.gate import staff

pytestmark = pytest.mark.django_db
EMAIL = "li.wei@example.com"
BEGIN = date(2026, 1, 1)


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def person(site):
    return PersonFactory(site=site)


@pytest.fixture
def identity(person):
    return Identity(person.site_id, person.pk, emails=(EMAIL,))


def let_to(person, ends_on=None):
    item = FeeItemFactory(site=person.site, method="lease")
    steps = [NewStep(BEGIN, 100_000)]
    unit = unit_of(person.site)
    new = NewLease(unit, person, BEGIN, steps, ends_on=ends_on, number="L-7", deposit=500)
    return leases.add_lease(item, staff(), new)


def charge(person, description):
    item = FeeItemFactory(site=person.site, method="one_off")
    single = SingleCharge(payer=person, amount=700, description=description)
    return charge_once(item, UserFactory(), single)


def test_leases_and_single_charges_are_exported_without_those_of_others(person, identity):
    let_to(person)
    charge(person, "Broken pane")
    let_to(PersonFactory(site=person.site))
    charge(PersonFactory(site=person.site), "Lost keys")
    found = dict(holdings.export(identity))
    assert [(row["contract"], row["deposit"]) for row in found["leases"]] == [("L-7", 500)]
    assert [(row["description"], row["amount"]) for row in found["single charges"]] == [
        ("Broken pane", 700)
    ]


def test_an_address_is_removed_from_what_was_written_and_the_charge_stays(person, identity):
    charge(person, f"As agreed with {EMAIL}")
    charge(person, "Lost keys")
    lease = let_to(person)
    erased = holdings.erase(identity)
    assert (erased.rows, erased.kept) == (1, {"leases": 1})
    texts = list(OneOffCharge.objects.order_by("pk").values_list("description", flat=True))
    assert EMAIL not in texts[0]
    assert texts[1] == "Lost keys"
    lease.refresh_from_db()
    assert lease.number == "L-7"


def test_a_person_without_a_lease_keeps_nothing(identity):
    assert holdings.erase(identity).kept == {}
    assert list(holdings.blocks(identity)) == []


def test_a_lease_that_goes_on_blocks_the_erasure(person, identity):
    let_to(person)
    assert list(holdings.blocks(identity)) == ["a lease goes on"]


def test_a_lease_that_has_ended_does_not(person, identity):
    let_to(person, ends_on=today(person.site))
    assert list(holdings.blocks(identity)) == []
