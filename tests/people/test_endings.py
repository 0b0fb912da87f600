"""Leases with an end: carried out on their day, or extended before it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import audit
from core.errors import Rejection
from estate.selectors import state_on
from people import jobs, selectors, services
from people.periods import today
from people.services import NewOccupancy
from tests.factories import OccupancyFactory, PersonFactory, UnitFactory, VehicleFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return UnitFactory()


def day(unit, number=0):
    return today(unit.site) + timedelta(days=number)


def let(unit, ends=5, **more):
    new = NewOccupancy(
        PersonFactory(site=unit.site), more.pop("role", "tenant"), ends_on=day(unit, ends), **more
    )
    return services.move_in(unit, staff(), new, on=day(unit, -20))


def test_the_nightly_job_carries_out_the_ends_of_its_site(unit):
    let(unit, 1)
    let(UnitFactory(), 1)
    assert jobs.close_occupancies(unit.site.pk, day(unit, 1).isoformat()) == 1


def test_on_its_last_day_a_lease_ends_the_car_and_leaves_the_unit_vacant(unit):
    tenant = let(unit)
    car = VehicleFactory(person=tenant.person)
    assert services.close_ended(unit.site, day(unit, 4)) == 0
    assert services.close_ended(unit.site, day(unit, 5)) == 1
    assert services.close_ended(unit.site, day(unit, 6)) == 0
    car.refresh_from_db()
    assert car.ends_at is not None
    assert state_on(unit, day(unit, 4)).state == "let"
    assert state_on(unit, day(unit, 5)).state == "vacant"


def test_a_car_registered_between_the_notice_and_the_day_ends_too(unit):
    tenant = let(unit, 30)
    services.move_out(tenant, staff(), on=day(unit, 5))
    car = VehicleFactory(person=tenant.person)
    services.close_ended(unit.site, day(unit, 5))
    car.refresh_from_db()
    assert car.ends_at is not None


@pytest.mark.parametrize("keeps", ["by choice", "by another home"])
def test_rights_that_are_kept_survive_the_day(unit, keeps):
    tenant = let(unit, 30)
    car = VehicleFactory(person=tenant.person)
    if keeps == "by another home":
        OccupancyFactory(person=tenant.person)
    services.move_out(tenant, staff(), on=day(unit, 5), keep_rights=keeps == "by choice")
    services.close_ended(unit.site, day(unit, 5))
    car.refresh_from_db()
    assert car.ends_at is None


def test_what_was_carried_out_at_once_is_not_repeated(unit):
    tenant = let(unit, 30)
    services.move_out(tenant, staff(), on=day(unit))
    later = VehicleFactory(person=tenant.person)
    assert services.close_ended(unit.site, day(unit, 1)) == 0
    later.refresh_from_db()
    assert later.ends_at is None


def test_an_extended_lease_pays_on_and_is_audited(unit):
    tenant = let(unit, pays=("", "water"))
    services.extend_occupancy(tenant, staff("li"), ends_on=day(unit, 9))
    assert set(selectors.payers_of(unit, day(unit, 8))) == {"", "water"}
    assert selectors.payers_of(unit, day(unit, 9)) == {}
    entry = audit.history(unit.site, ("unit", unit.pk)).last()
    assert (entry.actor, entry.action) == ("li", "extend occupancy")
    services.extend_occupancy(tenant, staff(), ends_on=None)
    assert set(selectors.payers_of(unit, day(unit, 999))) == {"", "water"}


def test_an_extended_lease_pays_until_the_next_payer_begins(unit):
    tenant = let(unit, pays=("",))
    successor = NewOccupancy(PersonFactory(site=unit.site), "tenant", pays=("",))
    following = services.move_in(unit, staff(), successor, on=day(unit, 7))
    services.extend_occupancy(tenant, staff(), ends_on=None)
    payers = [selectors.payers_of(unit, day(unit, number))[""] for number in (6, 7)]
    assert payers == [tenant, following]


def rejected(occupancy, ends_on):
    with pytest.raises(Rejection) as refused:
        services.extend_occupancy(occupancy, staff(), ends_on=ends_on)
    return refused.value.code


def test_only_what_has_an_end_ahead_is_extended_and_only_to_a_later_one(unit):
    tenant = let(unit)
    assert rejected(tenant, day(unit, 5)) == "not_later"
    assert rejected(OccupancyFactory(), None) == "not_extensible"
    assert rejected(OccupancyFactory(ends_on=day(unit)), None) == "not_extensible"


def test_an_extension_keeps_the_rules_of_holders_and_shares(unit):
    tenant = let(unit)
    again = NewOccupancy(tenant.person, "family")
    services.move_in(unit, staff(), again, on=day(unit, 8))
    assert rejected(tenant, None) == "already_there"
    owner = let(unit, role="owner", share=Decimal("0.6"))
    services.move_in(
        unit,
        staff(),
        NewOccupancy(PersonFactory(site=unit.site), "owner", share=Decimal("0.6")),
        on=day(unit, 5),
    )
    assert rejected(owner, None) == "too_much"
