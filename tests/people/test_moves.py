"""Moving in, moving out and a change of owner: shown first, then done in one transaction."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from core import audit, clock
from core.errors import Rejection
from core.events import subscribe, unsubscribe
from estate.selectors import state_on
from people import selectors, services
from people.events import LastOccupancyEnded
from people.models import Occupancy, PayerPeriod, Vehicle
from people.periods import lasting_after, today
from people.services import NewOccupancy
from tests.at_once import at_once
from tests.factories import (
    BayFactory,
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db
HALF = Decimal("0.5")
WHOLE = Decimal(1)


@pytest.fixture
def unit():
    return UnitFactory()


def days(place, number=0):
    return today(place.site) + timedelta(days=number)


def new(place, role="owner", **more):
    return NewOccupancy(PersonFactory(site=place.site), role, **more)


def move_in(place, role="owner", *, on=-10, **more):
    return services.move_in(place, staff(), new(place, role, **more), on=days(place, on))


def rejected(attempt):
    with pytest.raises(Rejection) as refused:
        attempt()
    return refused.value


def payers(place, number=0):
    return selectors.payers_of(place, days(place, number))


def test_moving_in_begins_the_occupancy_and_what_it_pays(unit):
    owner = move_in(unit, pays=("",), share=WHOLE)
    assert (owner.role, owner.share, owner.begins_on) == ("owner", 1, days(unit, -10))
    assert payers(unit) == {"": owner}
    assert state_on(unit, days(unit)).state == "occupied"
    entry = audit.history(unit.site, ("unit", unit.pk)).filter(action="move in").get()
    assert entry.detail["begun"] == [owner.pk]
    assert audit.history(unit.site, ("person", owner.person_id)).get().action == "move in"


def test_a_move_in_is_shown_before_anything_changes(unit):
    owner = move_in(unit, pays=("",))
    tenant = new(unit, "tenant", pays=("", "water"))
    plan = services.plan_move_in(unit, tenant, on=days(unit))
    assert plan.begins == (tenant,)
    assert [(each.occupancy, each.fee_kind) for each in plan.payers_end] == [(owner, "")]
    assert [each.fee_kind for each in plan.payers_begin] == ["", "water"]
    assert plan.state == "let"
    assert Occupancy.objects.count() == 1


def test_who_paid_until_then_no_longer_pays_what_the_new_tenant_pays(unit):
    owner = move_in(unit, pays=("", "water"))
    tenant = move_in(unit, "tenant", pays=("water",), on=0)
    assert payers(unit, -1) == {"": owner, "water": owner}
    assert payers(unit) == {"": owner, "water": tenant}


def test_a_lease_with_an_end_pays_until_then(unit):
    tenant = move_in(unit, "tenant", pays=("",), ends_on=days(unit, 5))
    assert payers(unit, 4) == {"": tenant}
    assert payers(unit, 5) == {}


def test_moving_out_ends_on_the_day_and_frees_the_unit(unit):
    tenant = move_in(unit, "tenant", pays=("",))
    plan = services.plan_move_out(tenant, on=days(unit, 3))
    assert (plan.ends, plan.unpaid, plan.state) == ((tenant,), ("",), "vacant")
    services.move_out(tenant, staff(), on=days(unit, 3))
    tenant.refresh_from_db()
    assert tenant.ends_on == days(unit, 3)
    assert payers(unit, 2) == {"": tenant}
    assert payers(unit, 3) == {}
    assert state_on(unit, days(unit, 3)).state == "vacant"


def test_the_fees_of_who_leaves_are_paid_by_one_who_stays(unit):
    owner = move_in(unit, share=WHOLE)
    tenant = move_in(unit, "tenant", pays=("", "water"))
    plan = services.move_out(tenant, staff(), on=days(unit), payer=owner)
    assert plan.unpaid == ()
    assert payers(unit) == {"": owner, "water": owner}


def test_a_fee_that_another_pays_among_all_others_is_not_unpaid(unit):
    move_in(unit, pays=("",))
    tenant = move_in(unit, "tenant", pays=("water",))
    assert services.plan_move_out(tenant, on=days(unit)).unpaid == ()


def test_one_who_leaves_or_lives_elsewhere_does_not_pay(unit):
    tenant = move_in(unit, "tenant", pays=("",))
    child = move_in(unit, "family")
    elsewhere = OccupancyFactory(person__site=unit.site)
    later = move_in(unit, "owner", on=5)

    def leave(payer):
        return services.move_out(tenant, staff(), on=days(unit), with_family=True, payer=payer)

    for payer, code in (
        (child, "not_a_choice"),
        (elsewhere, "not_a_choice"),
        (later, "not_holding"),
    ):
        assert rejected(lambda payer=payer: leave(payer)).code == code


def test_the_family_leaves_with_a_tenant_where_staff_choose_so(unit):
    tenant, child = move_in(unit, "tenant"), move_in(unit, "family")
    services.move_out(tenant, staff(), on=days(unit), with_family=True)
    child.refresh_from_db()
    assert child.ends_on == days(unit)


def test_an_occupancy_that_ends_on_its_first_day_is_removed(unit):
    tenant = move_in(unit, "tenant", on=3, pays=("",))
    services.move_out(tenant, staff(), on=days(unit, 3))
    assert not Occupancy.objects.exists()
    assert not PayerPeriod.objects.exists()


def test_what_has_ended_stays_as_it_was(unit):
    tenant = move_in(unit, "tenant")
    services.move_out(tenant, staff(), on=days(unit))
    for on in (-5, 5):
        attempt = rejected(lambda on=on: services.move_out(tenant, staff(), on=days(unit, on)))
        assert attempt.code == "has_ended"
    tenant.refresh_from_db()
    assert tenant.ends_on == days(unit)


def test_an_end_that_is_ahead_may_be_moved_up_but_not_before_the_beginning(unit):
    tenant = move_in(unit, "tenant", ends_on=days(unit, 30))
    services.move_out(tenant, staff(), on=days(unit, 5))
    tenant.refresh_from_db()
    assert tenant.ends_on == days(unit, 5)
    attempt = rejected(lambda: services.move_out(tenant, staff(), on=days(unit, -11)))
    assert (attempt.field, attempt.code) == ("on", "before_begin")


def test_the_last_occupancy_s_end_ends_the_cars_at_midnight_of_that_day(unit):
    tenant = move_in(unit, "tenant")
    car = VehicleFactory(person=tenant.person)
    on = days(unit, 4)
    plan = services.plan_move_out(tenant, on=on)
    (rights,) = plan.rights_end
    assert (rights.holder, [each.name for each in rights.rights]) == (tenant.person, [car.plate])
    services.move_out(tenant, staff("li"), on=on)
    car.refresh_from_db()
    assert car.ends_at == rights.at == clock.midnight(on, unit.site.timezone)
    assert audit.history(unit.site, ("vehicle", car.pk)).get().actor == "li"


def test_a_day_that_has_come_ends_the_cars_now(unit):
    tenant = move_in(unit, "tenant")
    car = VehicleFactory(person=tenant.person)
    before = clock.now()
    services.move_out(tenant, staff(), on=days(unit, -3))
    car.refresh_from_db()
    assert before <= car.ends_at <= clock.now()


def test_rights_go_on_with_another_occupancy_or_where_staff_choose_so(unit):
    tenant = move_in(unit, "tenant")
    other = OccupancyFactory(person=tenant.person)
    car = VehicleFactory(person=tenant.person)
    assert services.plan_move_out(tenant, on=days(unit)).rights_end == ()
    services.move_out(tenant, staff(), on=days(unit))
    services.move_out(other, staff(), on=days(unit), keep_rights=True)
    car.refresh_from_db()
    assert car.ends_at is None


def test_a_company_s_cars_end_with_its_last_lease(unit):
    company = CompanyFactory(site=unit.site)
    lease = services.move_in(unit, staff(), NewOccupancy(company, "tenant"), on=days(unit, -5))
    VehicleFactory(person=None, company=company)
    services.move_out(lease, staff(), on=days(unit))
    assert Vehicle.objects.get().ends_at is not None


def test_nothing_ends_where_a_right_cannot_be_ended(unit):
    tenant = move_in(unit, "tenant")
    VehicleFactory(person=tenant.person)

    def fail(event):
        raise RuntimeError("a door does not answer")

    subscribe(LastOccupancyEnded, fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            services.move_out(tenant, staff(), on=days(unit))
    finally:
        unsubscribe(LastOccupancyEnded, fail)
    tenant.refresh_from_db()
    assert tenant.ends_on is None
    assert Vehicle.objects.get().ends_at is None


def test_a_change_of_owner_is_shown_with_all_that_begins_and_ends(unit):
    owner = move_in(unit, share=WHOLE, pays=("",))
    partner, tenant = move_in(unit, "family"), move_in(unit, "tenant", pays=("water",))
    buyers = [new(unit, share=HALF), new(unit, share=HALF)]
    plan = services.plan_change_of_owner(unit, buyers, on=days(unit, 1))
    assert set(plan.ends) == {owner, partner}
    assert [each.holder for each in plan.begins] == [each.holder for each in buyers]
    assert [(each.fee_kind, each.holder) for each in plan.payers_begin] == [("", buyers[0].holder)]
    assert plan.unpaid == ()
    assert tenant not in plan.ends


def test_the_new_owners_pay_what_the_old_one_paid_and_tenants_stay(unit):
    owner = move_in(unit, share=WHOLE, pays=("",))
    tenant = move_in(unit, "tenant", pays=("water",))
    services.change_owner(
        unit, staff(), [new(unit, share=HALF), new(unit, share=HALF)], on=days(unit)
    )
    first, _second = Occupancy.objects.filter(role="owner", ends_on=None).order_by("pk")
    owner.refresh_from_db()
    assert owner.ends_on == days(unit)
    assert payers(unit) == {"": first, "water": tenant}
    assert payers(unit, -1)[""] == owner


def test_a_tenant_who_buys_the_unit_is_its_owner_and_keeps_the_car(unit):
    move_in(unit, share=WHOLE)
    tenant = move_in(unit, "tenant", pays=("",))
    car = VehicleFactory(person=tenant.person)
    buyer = NewOccupancy(tenant.person, "owner", share=WHOLE)
    services.change_owner(unit, staff(), [buyer], on=days(unit))
    car.refresh_from_db()
    assert car.ends_at is None
    roles = tenant.person.occupancies.order_by("begins_on").values_list("role", "ends_on")
    assert list(roles) == [("tenant", days(unit)), ("owner", None)]
    assert payers(unit)[""].role == "owner"


def test_a_change_of_owner_needs_an_owner(unit):
    for owners in ([], [new(unit, "tenant")]):
        attempt = rejected(
            lambda owners=owners: services.change_owner(unit, staff(), owners, on=days(unit))
        )
        assert (attempt.field, attempt.code) == ("owners", "missing")


def test_who_pays_is_changed_from_a_day_on(unit):
    owner, tenant = move_in(unit, pays=("",)), move_in(unit, "tenant")
    services.set_payer(tenant, staff(), on=days(unit), fee_kinds=("", "water"))
    assert payers(unit, -1) == {"": owner}
    assert payers(unit) == {"": tenant, "water": tenant}
    attempt = rejected(lambda: services.set_payer(owner, staff(), on=days(unit, -20)))
    assert attempt.code == "not_holding"


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"role": "guest"}, "role", "not_a_choice"),
        ({"share": Decimal("1.5")}, "share", "out_of_range"),
        ({"share": Decimal(0)}, "share", "out_of_range"),
        ({"share": HALF, "role": "tenant"}, "share", "out_of_range"),
        ({"share": Decimal("0.51")}, "share", "too_much"),
        ({"pays": ("water", "water")}, "pays", "two_payers"),
    ],
)
def test_an_impossible_occupancy_is_rejected_at_its_field(unit, values, field, code):
    move_in(unit, share=HALF)
    attempt = rejected(lambda: move_in(unit, **{"role": "owner", **values}))
    assert (attempt.field, attempt.code) == (field, code)


def test_an_end_before_the_beginning_is_rejected(unit):
    attempt = rejected(lambda: move_in(unit, ends_on=days(unit, -10)))
    assert (attempt.field, attempt.code) == ("ends_on", "end_before_begin")


def test_a_stranger_to_the_site_and_one_who_is_there_already_are_rejected(unit):
    there = move_in(unit)
    for holder, code in ((there.person, "already_there"), (PersonFactory(), "not_a_choice")):
        attempt = rejected(
            lambda holder=holder: services.move_in(
                unit, staff(), NewOccupancy(holder, "family"), on=days(unit)
            )
        )
        assert (attempt.field, attempt.code) == ("holder", code)


def test_a_bay_is_let_like_a_unit(unit):
    bay = BayFactory()
    tenant = move_in(bay, "tenant", pays=("",))
    assert payers(bay) == {"": tenant}
    services.move_out(tenant, staff(), on=days(bay))
    assert payers(bay) == {}


@pytest.mark.django_db(transaction=True)
def test_two_move_outs_of_one_person_at_once_end_the_rights_once():
    first = OccupancyFactory()
    second = OccupancyFactory(person=first.person)
    VehicleFactory(person=first.person)
    on, actor = today(first.site), staff()
    at_once(*(lambda each=each: services.move_out(each, actor, on=on) for each in (first, second)))
    assert Vehicle.objects.get().ends_at is not None


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "owner"]),
        st.integers(0, 3),
        st.integers(-5, 10),
        st.sampled_from(["owner", "tenant", "family"]),
        st.sampled_from([None, HALF, WHOLE]),
        st.sampled_from([(), ("",), ("water",), ("", "water")]),
    ),
    max_size=8,
)


@given(MOVES)
def test_after_any_sequence_of_moves_the_rules_hold(moves):
    with transaction.atomic():
        unit, actor = UnitFactory(), staff()
        people = [PersonFactory(site=unit.site) for _ in range(4)]
        for kind, index, offset, role, share, pays in moves:
            on, person = days(unit, offset), people[index]
            try:
                with transaction.atomic():
                    _move(kind, unit, actor, person, on, role, share, pays)
            except Rejection:
                continue
        _check(unit, people)
        transaction.set_rollback(True)


def _move(kind, unit, actor, person, on, role, share, pays):
    wanted = NewOccupancy(person, role, share if role == "owner" else None, None, pays)
    if kind == "in":
        services.move_in(unit, actor, wanted, on=on)
    elif kind == "owner":
        services.change_owner(
            unit, actor, [NewOccupancy(person, "owner", share, None, pays)], on=on
        )
    else:
        occupancy = person.occupancies.filter(lasting_after(on)).first()
        if occupancy is not None:
            services.move_out(occupancy, actor, on=on)


def _check(unit, people):
    """Each payer pays within an occupancy; no day has two payers of a fee, or too many shares."""
    for period in PayerPeriod.objects.select_related("occupancy"):
        held = period.occupancy
        assert held.begins_on <= period.begins_on
        assert held.ends_on is None or (period.ends_on and period.ends_on <= held.ends_on)
    for offset in range(-6, 12):
        day = days(unit, offset)
        rows = [each for each in Occupancy.objects.all() if _holds(each, day)]
        assert sum(each.share or 0 for each in rows) <= 1
        assert len({each.person_id for each in rows}) == len(rows)
        paying = [each.fee_kind for each in PayerPeriod.objects.all() if _holds(each, day)]
        assert len(set(paying)) == len(paying)


def _holds(row, day):
    return row.begins_on <= day and (row.ends_on is None or row.ends_on > day)
