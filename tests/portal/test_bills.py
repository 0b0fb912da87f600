"""The bills of a home: the rights of the household decide who sees and who pays them."""

import pytest
from django.urls import reverse

from core import clock
from parking.models import Stay
from people.accounts.homes import homes_of, set_switches
from tests.browsers import signed_in, text
from tests.factories import BindingFactory, OccupancyFactory, VehicleFactory
from tests.gate import GateScene, car_that_owes

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    """The owner of a flat whose car waits at the exit and owes money."""
    gate = GateScene.build()
    passage = car_that_owes(gate)
    home = OccupancyFactory(person__site=gate.site, person__name="Owner Li", role="owner")
    VehicleFactory(person=home.person, plate=passage.plate, begins_at=clock.now())
    return BindingFactory(person=home.person)


@pytest.fixture
def member(owner):
    unit = homes_of(owner.person)[0].unit
    home = OccupancyFactory(person__site=owner.site, unit=unit, role="family")
    return BindingFactory(person=home.person)


def bills(binding):
    return signed_in(binding.user).get(reverse("portal:bills", args=[binding.pk]))


def pay(binding):
    unit, stay = homes_of(binding.person)[0].unit, Stay.objects.get()
    path = reverse("portal:pay_bill", args=[binding.pk, unit.pk, stay.pk])
    return signed_in(binding.user).get(path)


def test_who_owns_the_home_sees_and_pays_its_bills(owner):
    assert "10.00" in text(bills(owner))
    assert pay(owner)["Location"] == f"/pay/{Stay.objects.get().public_id}/"


def test_a_member_without_rights_reads_who_can_give_them(member):
    for answer in (bills(member), pay(member)):
        assert answer.status_code == 403
        assert "Owner Li" in text(answer)
        assert Stay.objects.get().public_id not in text(answer)


def test_a_member_who_may_see_the_bills_does_not_pay_them(owner, member):
    unit = homes_of(owner.person)[0].unit
    set_switches(unit, member.person, owner.user, may_see_bills=True)
    shown = text(bills(member))
    assert "10.00" in shown
    assert "not pay them" in shown
    assert Stay.objects.get().public_id not in shown
    assert pay(member).status_code == 403
    set_switches(unit, member.person, owner.user, may_see_bills=True, may_pay=True)
    assert pay(member).status_code == 302
