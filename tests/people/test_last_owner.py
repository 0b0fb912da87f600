"""A payer who moves out with the last owner: what is unpaid is shown, and no one pays unasked."""

from datetime import timedelta

import pytest

from estate.selectors import state_on
from people import selectors, services
from people.periods import today
from people.services import NewOccupancy
from tests.factories import PersonFactory, UnitFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return UnitFactory()


def move_in(unit, role, **more):
    new = NewOccupancy(PersonFactory(site=unit.site), role, **more)
    return services.move_in(unit, staff(), new, on=today(unit.site) - timedelta(days=10))


def payers(unit):
    return selectors.payers_of(unit, today(unit.site))


def test_the_fees_of_the_last_owner_are_unpaid_until_one_who_stays_pays_them(unit):
    owner, child = move_in(unit, "owner", pays=("", "water")), move_in(unit, "family")
    day = today(unit.site)
    assert services.plan_move_out(owner, on=day).unpaid == ("", "water")
    services.move_out(owner, staff(), on=day)
    assert payers(unit) == {}
    services.set_payer(child, staff(), on=day, fee_kinds=("", "water"))
    assert payers(unit) == {"": child, "water": child}


def test_the_unit_is_vacant_where_a_family_member_who_pays_leaves_with_the_owner(unit):
    owner, child = move_in(unit, "owner"), move_in(unit, "family", pays=("",))
    day = today(unit.site)
    plan = services.plan_move_out(owner, on=day, with_family=True)
    assert (set(plan.ends), plan.unpaid) == ({owner, child}, ("",))
    services.move_out(owner, staff(), on=day, with_family=True)
    assert payers(unit) == {}
    assert state_on(unit, day).state == "vacant"
