"""Who owns, rents and lives in units and bays, and who pays: what the database guarantees."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from people import selectors
from people.models import Occupancy, PayerPeriod
from people.periods import today
from tests.at_once import at_once
from tests.factories import (
    BayFactory,
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    SiteFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
INSERT_PAYER = """
INSERT INTO people_payerperiod (occupancy_id, unit_id, bay_id, fee_kind, begins_on, ends_on)
VALUES (%s, %s, NULL, %s, %s, %s)
"""


def day(offset):
    return None if offset is None else DAY + timedelta(days=offset)


def add_payer(occupancy, fee_kind, begin, end=None):
    """Insert who pays with SQL, past every rule of the services."""
    with transaction.atomic(), connection.cursor() as cursor:
        unit = occupancy.unit_id
        cursor.execute(INSERT_PAYER, [occupancy.pk, unit, fee_kind, day(begin), day(end)])


def refused(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_the_database_refuses_two_payers_of_one_fee_on_one_day():
    first = OccupancyFactory()
    second = OccupancyFactory(person__site=first.site, unit=first.unit)
    add_payer(first, "water", 0, 10)
    refused("one_payer_a_day", lambda: add_payer(second, "water", 9))
    refused("one_payer_a_day", lambda: add_payer(first, "water", -5))
    add_payer(second, "water", 10)
    add_payer(second, "", 0)
    add_payer(first, "heating", 0)


def test_a_unit_and_a_bay_of_one_number_have_payers_of_their_own():
    flat = OccupancyFactory()
    bay = BayFactory(pk=flat.unit_id, lot__site=flat.site)
    space = OccupancyFactory(person=flat.person, unit=None, bay=bay)
    for each in (flat, space):
        PayerPeriod.objects.create(
            occupancy=each, unit=each.unit, bay=each.bay, fee_kind="", begins_on=DAY
        )


def test_an_occupancy_is_of_a_person_or_a_company_at_a_unit_or_a_bay():
    site = SiteFactory()
    person, company = PersonFactory(site=site), CompanyFactory(site=site)
    unit, bay = UnitFactory(building__site=site), BayFactory(lot__site=site)

    def begin(**values):
        usual = {"site": site, "role": "tenant", "begins_on": DAY}
        return lambda: Occupancy.objects.create(**usual, **values)

    refused("person_or_company", begin(unit=unit))
    refused("person_or_company", begin(unit=unit, person=person, company=company))
    refused("unit_or_bay", begin(person=person))
    refused("unit_or_bay", begin(person=person, unit=unit, bay=bay))
    found = begin(company=company, bay=bay)()
    assert (found.holder, found.place) == (company, bay)


def test_a_person_occupies_a_unit_once_at_a_time_and_ends_after_beginning():
    first = OccupancyFactory(begins_on=DAY, ends_on=day(10))

    def again(begin, end=None):
        values = {"person": first.person, "unit": first.unit, "role": "family"}
        return lambda: OccupancyFactory(**values, begins_on=day(begin), ends_on=day(end))

    refused("occupancy_once_at_a_time", again(9))
    refused("ends_after_it_begins", again(20, 20))
    again(10)()


@pytest.mark.parametrize(
    "values", [{"share": 0}, {"share": Decimal("1.1")}, {"share": 1, "role": "tenant"}]
)
def test_a_share_is_an_owner_s_and_at_most_one(values):
    refused("occupancy_share_of_owner", lambda: OccupancyFactory(**{"role": "owner", **values}))


def test_shares_of_one_day_are_at_most_one_together():
    first = OccupancyFactory(role="owner", share=Decimal("0.6"), begins_on=DAY, ends_on=day(10))

    def own(share, begin, end=None):
        values = {"role": "owner", "share": Decimal(share), "unit": first.unit}
        values |= {"begins_on": day(begin), "ends_on": day(end)}
        return lambda: OccupancyFactory(person__site=first.site, **values)

    refused("shares of ownership exceed 1 on 2026-03-10", own("0.5", 9))
    refused("shares of ownership exceed 1", own("0.5", -5))
    own("0.4", 0)()
    own("0.6", 10)()
    Occupancy.objects.filter(pk=first.pk).update(ends_on=day(9))
    refused(
        "shares of ownership exceed 1",
        lambda: Occupancy.objects.filter(pk=first.pk).update(ends_on=day(11)),
    )


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_do_not_exceed_the_whole():
    unit = UnitFactory()
    people = [PersonFactory(site=unit.site) for _ in range(2)]

    def own(person):
        try:
            OccupancyFactory(person=person, unit=unit, role="owner", share=Decimal("0.7"))
        except IntegrityError:
            return "refused"
        return "accepted"

    results = at_once(*(lambda person=person: own(person) for person in people))
    assert sorted(results) == ["accepted", "refused"]


SPANS = st.tuples(st.integers(0, 12), st.none() | st.integers(1, 6))


@given(st.lists(st.tuples(SPANS, st.integers(1, 10)), min_size=1, max_size=6))
def test_on_no_day_do_accepted_shares_exceed_one(wanted):
    with transaction.atomic():
        unit = UnitFactory()
        accepted: list[tuple[int, int, int]] = []
        for (begin, length), tenths in wanted:
            end = 99 if length is None else begin + length
            fits = all(
                tenths + sum(part for b, e, part in accepted if b <= each < e) <= 10
                for each in range(begin, min(end, 30))
            )
            try:
                with transaction.atomic():
                    OccupancyFactory(
                        person__site=unit.site,
                        unit=unit,
                        role="owner",
                        share=Decimal(tenths) / 10,
                        begins_on=day(begin),
                        ends_on=None if length is None else day(end),
                    )
            except IntegrityError:
                assert not fits
            else:
                assert fits
                accepted.append((begin, end, tenths))
        transaction.set_rollback(True)


def test_the_household_is_the_tenants_and_family_and_else_the_owners():
    owner = OccupancyFactory(role="owner", begins_on=DAY)
    unit, site = owner.unit, owner.site
    partner = OccupancyFactory(role="family", begins_on=DAY, ends_on=day(30), unit=unit)
    OccupancyFactory(role="worker", begins_on=DAY, unit=unit, person__site=site)
    OccupancyFactory(
        role="tenant", begins_on=day(5), unit=unit, person=None, company=CompanyFactory(site=site)
    )
    tenant = OccupancyFactory(role="tenant", begins_on=day(30), unit=unit, person__site=site)
    assert set(selectors.household(unit, day(0))) == {owner.person, partner.person}
    assert set(selectors.household(unit, day(30))) == {tenant.person}
    assert not selectors.household(unit, day(-1)).exists()


def test_a_fee_without_a_payer_of_its_own_is_paid_by_who_pays_all_others():
    owner = OccupancyFactory(role="owner", begins_on=DAY)
    tenant = OccupancyFactory(begins_on=DAY, unit=owner.unit, person__site=owner.site)
    add_payer(owner, "", 0)
    add_payer(tenant, "water", 0, 10)
    payer = selectors.payer_of
    assert payer(owner.unit, "water", day(9)) == tenant
    assert payer(owner.unit, "water", day(10)) == owner
    assert payer(owner.unit, "heating", day(0)) == owner
    assert payer(owner.unit, "water", day(-1)) is None


def test_a_person_s_homes_are_those_of_today():
    home = OccupancyFactory(unit__building__code="1", unit__code="0803")
    now = today(home.site)
    OccupancyFactory(person=home.person, begins_on=now + timedelta(days=1))
    OccupancyFactory(person=home.person, ends_on=now)
    assert home.person.homes == "1-0803"
    (read,) = selectors.find_people(home.site, home.person.name)
    assert read.homes == "1-0803"
