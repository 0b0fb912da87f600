"""Moves are guided steps: a form, what it would do, and only then the change."""

import re
from datetime import timedelta

import pytest

from billing.outstanding import owed_by
from fees.services.ahead import charge_ahead
from people import services
from people.models import Occupancy, PayerPeriod, Person
from people.periods import today
from people.services import NewOccupancy
from tests.billing import club_fees
from tests.browsers import text
from tests.factories import (
    CompanyFactory,
    FeePriceFactory,
    OccupancyFactory,
    PersonFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(here):
    return today(here.site)


@pytest.fixture
def unit(here):
    return UnitFactory(building__site=here.site, building__code="9", code="0901")


@pytest.fixture
def step(manager):
    """Submit a form, look at its plan, and confirm it; return the plan's page."""

    def run(address, values):
        plan = manager.post(address, values)
        assert plan.status_code == 200, text(plan)
        token = re.search(r'name="confirm" value="(\w+)"', plan.content.decode())[1]
        done = manager.post(address, {**values, "confirm": token})
        assert done.status_code == 204, text(done)
        return text(plan)

    return run


def moving_in(person, day, **values):
    return {"person": person, "name": "x", "role": "tenant", "on": day, "share": "", **values}


def test_a_move_in_shows_its_plan_and_changes_nothing_before_it_is_confirmed(
    here, manager, unit, day, step
):
    person = PersonFactory(site=here.site, name="Wang Lei")
    address, values = here.url("move_in_unit", unit.pk), moving_in(person.pk, day, pays="*")
    plan = text(manager.post(address, values))
    assert "Wang Lei" in plan
    assert "<b>Wang Lei</b> pays all fees" in plan
    assert "let" in plan
    assert not Occupancy.objects.filter(unit=unit).exists()
    step(address, {**values, "ends_on": day + timedelta(days=364)})
    own = Occupancy.objects.get(unit=unit)
    assert own.ends_on == day + timedelta(days=365)  # the last day is a day of the lease
    assert PayerPeriod.objects.get(unit=unit).occupancy == own


def test_a_new_person_is_registered_with_the_move(here, unit, day, step):
    values = moving_in("new", day, name="Li Na", phone="138 0000 1234")
    assert "new person" in step(here.url("move_in_unit", unit.pk), values)
    assert Person.objects.get(site=here.site, name="Li Na").homes == "9-0901"


def test_a_rejected_move_names_the_field_and_registers_no_one(here, manager, unit, day):
    values = moving_in("new", day, name="Li Na", role="tenant", share="1/2")
    answer = manager.post(here.url("move_in_unit", unit.pk), values)
    assert answer.status_code == 422
    assert "only an owner has a share" in text(answer).lower()
    assert not Person.objects.filter(site=here.site, name="Li Na").exists()


@pytest.mark.parametrize("share", ["0.5", "50%", "1/2", "５０％"])
def test_a_share_is_entered_as_a_part_or_in_percent(here, unit, day, step, share):
    owner = PersonFactory(site=here.site)
    values = moving_in(owner.pk, day, role="owner", share=share)
    assert "50 %" in step(here.url("move_in_unit", unit.pk), values)
    assert float(owner.occupancies.get().share) == 0.5


@pytest.mark.parametrize("share", ["0", "2", "x", "1/0", "150%", "NaN", "1e400"])
def test_what_is_no_share_is_rejected_at_its_field(here, manager, unit, day, share):
    values = moving_in("new", day, role="owner", share=share)
    answer = manager.post(here.url("move_in_unit", unit.pk), values)
    assert answer.status_code == 422
    assert "Enter a share" in text(answer)


def test_a_plan_that_has_changed_meanwhile_is_shown_again(here, manager, unit, day):
    person = PersonFactory(site=here.site, name="Wang Lei")
    address, values = here.url("move_in_unit", unit.pk), moving_in(person.pk, day, pays="*")
    plan = manager.post(address, values).content.decode()
    token = re.search(r'name="confirm" value="(\w+)"', plan)[1]
    owner = PersonFactory(site=here.site, name="Xu Mei")
    services.move_in(unit, staff(), NewOccupancy(owner, "owner", pays=("",)), on=day)
    answer = manager.post(address, {**values, "confirm": token})
    assert answer.status_code == 200
    assert "Something has changed meanwhile" in text(answer)
    assert "Xu Mei no longer pays" in text(answer)
    assert not person.occupancies.exists()


def test_back_shows_the_form_as_it_was_entered(here, manager, unit, day):
    values = moving_in("new", day, name="Li Na", back="1")
    shown = text(manager.post(here.url("move_in_unit", unit.pk), values))
    assert 'value="Li Na"' in shown
    assert "Continue" in shown


def test_a_company_moves_into_a_unit_that_is_chosen(here, unit, day, step):
    company = CompanyFactory(site=here.site)
    values = {"place": unit.pk, "role": "tenant", "on": day, "share": ""}
    step(here.url("move_in_company", company.pk), values)
    assert company.occupancies.get().unit == unit


def test_a_move_out_shows_whose_rights_end_and_which_fees_nobody_pays(here, unit, day, step):
    own = OccupancyFactory(person__site=here.site, person__name="Wang Lei", unit=unit)
    services.set_payer(own, staff(), on=day)
    VehicleFactory(person=own.person, plate="沪E77777")
    plan = step(here.url("move_out", own.pk), {"on": day})
    assert "Rights end" in plan
    assert "沪E77777" in plan
    assert "Nobody pays then:" in plan
    own.refresh_from_db()
    assert own.ends_on == day + timedelta(days=1)
    assert own.person.vehicles.get().ends_at is not None


def test_the_successor_pays_and_rights_go_on_if_staff_decide_so(here, unit, day, step):
    own = OccupancyFactory(person__site=here.site, unit=unit)
    services.set_payer(own, staff(), on=day - timedelta(days=5))
    owner = OccupancyFactory(person__site=here.site, unit=unit, role="owner")
    values = {"on": day, "payer": owner.pk, "keep_rights": "on"}
    plan = step(here.url("move_out", own.pk), values)
    assert "None: cars and other rights go on." in plan
    assert owner.payer_periods.get().begins_on == day + timedelta(days=1)
    own.refresh_from_db()
    assert own.keeps_rights


def test_several_new_owners_replace_the_old_one(here, unit, day, step):
    old = OccupancyFactory(person__site=here.site, unit=unit, role="owner", share=1)
    wife = PersonFactory(site=here.site, name="Chen Jing")
    values = {
        "on": day,
        "owner-0-name": "Chen Jing",
        "owner-0-person": wife.pk,
        "owner-0-share": "1/2",
        "owner-1-name": "Chen Yu",
        "owner-1-person": "new",
        "owner-1-share": "1/2",
    }
    step(here.url("change_owner_unit", unit.pk), values)
    old.refresh_from_db()
    assert old.ends_on == day
    owners = Occupancy.objects.filter(unit=unit, role="owner", ends_on=None)
    assert sorted(each.person.name for each in owners) == ["Chen Jing", "Chen Yu"]


def test_an_owner_who_leaves_in_debt_still_owes_it(here, unit, day, step):
    club_fees.register()
    old = OccupancyFactory(person__site=here.site, person__name="Li Wei", unit=unit, role="owner")
    payer = ("person", str(old.person_id))
    club_fees.bill_of(here.site, club_fees.club_charge("a", 123_45), payer=payer)
    values = {"on": day, "owner-0-name": "Chen", "owner-0-person": "new", "owner-0-share": "1"}
    assert "Li Wei still owes" in step(here.url("change_owner_unit", unit.pk), values)
    assert owed_by(here.site, payer)[0].money.minor == 123_45


def test_an_owner_who_was_billed_for_later_days_is_named(here, unit, day, step):
    item = FeePriceFactory(item__site=here.site, item__method="fixed").item
    old = OccupancyFactory(person__site=here.site, person__name="Li Wei", unit=unit, role="owner")
    services.set_payer(old, staff(), on=old.begins_on)
    charge_ahead(item, staff(), unit=unit, month=day, months=2)
    values = {"on": day, "owner-0-name": "Chen", "owner-0-person": "new", "owner-0-share": "1"}
    shown = step(here.url("change_owner_unit", unit.pk), values)
    assert "Li Wei was billed for days after the move" in shown


def test_an_owner_without_a_choice_is_marked(here, manager, unit, day):
    values = {"on": day, "owner-0-name": "Chen", "owner-0-person": ""}
    answer = manager.post(here.url("change_owner_unit", unit.pk), values)
    assert answer.status_code == 422
    assert "Choose a person" in text(answer)


def test_a_lease_is_extended_with_what_it_pays(here, unit, day, step):
    own = OccupancyFactory(person__site=here.site, unit=unit, ends_on=day + timedelta(days=10))
    services.set_payer(own, staff(), on=day)
    until = day + timedelta(days=400)
    assert until.isoformat() in step(here.url("extend_occupancy", own.pk), {"ends_on": until})
    own.refresh_from_db()
    assert own.ends_on == until + timedelta(days=1)
    assert own.payer_periods.get().ends_on == own.ends_on


def test_an_earlier_end_is_no_extension(here, manager, unit, day):
    own = OccupancyFactory(person__site=here.site, unit=unit, ends_on=day + timedelta(days=10))
    answer = manager.post(here.url("extend_occupancy", own.pk), {"ends_on": day})
    assert answer.status_code == 422
    assert "the new end is not later" in text(answer).lower()


def test_who_pays_a_kind_of_fee_is_changed_from_a_day_on(here, unit, day, step):
    owner, tenant = (
        OccupancyFactory(person__site=here.site, unit=unit, role=role)
        for role in ("owner", "tenant")
    )
    services.set_payer(owner, staff(), on=day - timedelta(days=9), fee_kinds=("water",))
    values = {"on": day, "fee_kinds": ["water"]}
    plan = step(here.url("set_payer", tenant.pk), values)
    assert f"{owner.person.name} no longer pays water" in plan
    assert tenant.payer_periods.get().fee_kind == "water"


def test_a_move_out_by_htmx_loads_the_page_again(here, manager, unit, day):
    own = OccupancyFactory(person__site=here.site, unit=unit)
    address = here.url("move_out", own.pk)
    plan = manager.post(address, {"on": day}).content.decode()
    token = re.search(r'name="confirm" value="(\w+)"', plan)[1]
    done = manager.post(address, {"on": day, "confirm": token})
    assert "list-changed" in done["HX-Trigger"]
