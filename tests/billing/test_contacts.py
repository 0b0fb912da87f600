"""Who receives bills and reminders, by channel: one rule for people, companies and households."""

import pytest

from billing.contacts import BY_MAIL, Channel, receivers_of
from people.models import Delegation, Person
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, club_charge
from tests.factories import (
    BindingFactory,
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    ResidentUserFactory,
    SiteFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
MAIL, TEXT = Channel.MAIL, Channel.TEXT
BOTH, FIRST = [{MAIL, TEXT}], [{MAIL}, {TEXT}]


@pytest.fixture
def site():
    return SiteFactory(language="en")


@pytest.fixture
def billed(site, own_sources):
    """Issues a bill to a person or a company."""
    numbers = iter(range(100))

    def issue(holder, unit=None):
        payer = (holder._meta.model_name, str(holder.pk))
        bill = bill_of(site, club_charge(f"fee-{next(numbers)}", 1000), payer=payer)
        bill.unit = unit  # in memory: an issued bill does not change
        return bill

    return issue


@pytest.fixture
def own_sources(monkeypatch):
    monkeypatch.setattr("billing.ports._sources", {})
    club_fees.register()


def addresses(site, bill, wanted):
    return [(each.channel, each.address) for each in receivers_of(site, [bill], wanted)[bill.pk]]


def test_a_person_receives_at_the_addresses_of_the_register(site, billed):
    bill = billed(PersonFactory(site=site, email="li@example.com", phone="138 0009 9173"))
    assert addresses(site, bill, BY_MAIL) == [(MAIL, "li@example.com")]
    assert addresses(site, bill, BOTH) == [(MAIL, "li@example.com"), (TEXT, "138 0009 9173")]
    assert addresses(site, bill, FIRST) == [(MAIL, "li@example.com")]


def test_without_an_address_in_the_register_the_user_who_acts_for_the_person_receives(site, billed):
    person = PersonFactory(site=site)
    user = ResidentUserFactory(email="user@example.com", language="zh-hans")
    BindingFactory(person=person, user=user)
    BindingFactory(person=person, state="pending")
    (receiver,) = receivers_of(site, [bill := billed(person)], BY_MAIL)[bill.pk]
    assert (receiver.address, receiver.language) == ("user@example.com", "zh-hans")


def test_a_company_receives_at_the_addresses_of_its_contact(site, billed):
    bill = billed(CompanyFactory(site=site, contact="Wang", email="w@example.com", phone="139"))
    assert addresses(site, bill, BOTH) == [(MAIL, "w@example.com"), (TEXT, "139")]


def household(site, **member):
    """A unit with an owner who has no address, and a member of the household."""
    unit = UnitFactory(building__site=site)
    owner = OccupancyFactory(person__site=site, unit=unit, role="owner").person
    values = {f"person__{name}": value for name, value in member.items()}
    daughter = OccupancyFactory(person__site=site, unit=unit, role="family", **values).person
    return unit, owner, daughter


def test_who_may_see_the_bills_of_a_home_receives_in_place_of_a_payer_without_address(site, billed):
    unit, owner, daughter = household(site, email="daughter@example.com")
    assert addresses(site, billed(owner, unit), BY_MAIL) == []
    Delegation.objects.create(unit=unit, person=daughter, may_see_bills=True)
    assert addresses(site, billed(owner, unit), BY_MAIL) == [(MAIL, "daughter@example.com")]


def test_who_may_see_the_bills_does_not_receive_beside_a_payer_with_an_address(site, billed):
    unit, owner, daughter = household(site, email="daughter@example.com")
    Delegation.objects.create(unit=unit, person=daughter, may_see_bills=True)
    Person.objects.filter(pk=owner.pk).update(phone="138")
    assert addresses(site, billed(owner, unit), BOTH) == [(TEXT, "138")]


def test_the_household_of_a_tenant_does_not_receive_the_bills_of_the_owner(site, billed):
    unit, owner, daughter = household(site, email="daughter@example.com")
    OccupancyFactory(person__site=site, unit=unit, role="tenant")
    Delegation.objects.create(unit=unit, person=daughter, may_see_bills=True)
    assert addresses(site, billed(owner, unit), BY_MAIL) == []


def test_several_who_share_an_address_receive_once(site, billed):
    unit, owner, daughter = household(site, email="home@example.com", phone="138-0009")
    son = OccupancyFactory(
        person__site=site,
        person__email="Home@example.com",
        person__phone="1380009",
        unit=unit,
        role="family",
    ).person
    for person in (daughter, son):
        Delegation.objects.create(unit=unit, person=person, may_see_bills=True)
    assert addresses(site, billed(owner, unit), BOTH) == [
        (MAIL, "home@example.com"),
        (TEXT, "138-0009"),
    ]


def test_people_of_other_sites_and_erased_ones_receive_nothing(site, billed):
    stranger = PersonFactory(email="li@example.com")
    assert addresses(site, billed(stranger), BY_MAIL) == []


def test_the_receivers_of_many_bills_are_read_with_few_queries(
    site, billed, django_assert_max_num_queries
):
    bills = [billed(owner, unit) for unit, owner, _member in (household(site) for _ in range(5))]
    with django_assert_max_num_queries(5):
        receivers_of(site, bills, BOTH)
