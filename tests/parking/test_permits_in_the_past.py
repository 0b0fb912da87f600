"""A permit whose beginning lies in the past: stays that have ended are priced again."""

from datetime import timedelta

import pytest

from access import lists
from billing.models import Charge, Payment
from core import clock
from parking.models import Stay
from people.services import continue_vehicles, end_vehicles, register_vehicle
from tests.factories import PersonFactory, UserFactory
from tests.gate import GateScene
from tests.paying import pay

pytestmark = pytest.mark.django_db
CAR = "苏E7K215"
HOUR = timedelta(hours=1)


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def visits(gate: GateScene, came: int, left: int) -> Stay:
    """A car came and left so many hours ago, without paying."""
    gate.sees(gate.entry, CAR, ago=came * HOUR, buffered=True)
    gate.sees(gate.exit, CAR, ago=left * HOUR, buffered=True)
    return Stay.objects.latest("pk")


def register(gate: GateScene, since: int) -> None:
    holder = PersonFactory(site=gate.site)
    begins_at = clock.now() - since * HOUR
    register_vehicle(gate.site, UserFactory(), plate=CAR, holder=holder, begins_at=begins_at)


def price(stay: Stay) -> int | None:
    stay.refresh_from_db()
    return stay.price


def owed(stay: Stay) -> int:
    charges = Charge.objects.filter(source_id=stay.public_id)
    return sum(each.amount for each in charges.exclude(state="cancelled"))


@pytest.mark.parametrize(("since", "expected"), [(9, 0), (6, 1000), (3, 2000), (0, 2000)])
def test_a_registration_that_begins_in_the_past_frees_the_time_it_covers(gate, since, expected):
    stay = visits(gate, 8, 4)
    assert price(stay) == 2000
    register(gate, since)
    assert (price(stay), owed(stay)) == (expected, expected)


def test_what_was_paid_for_the_time_that_is_covered_becomes_due_for_refund(gate):
    stay = visits(gate, 8, 4)
    pay(stay, 2000, clock.now() - HOUR)
    register(gate, 9)
    assert price(stay) == 0
    assert Payment.objects.get().refunds.exists() or Charge.objects.filter(amount__lt=0).exists()


def test_an_allow_list_entry_frees_past_stays_as_a_registration_does_and_a_block_does_not(gate):
    stay = visits(gate, 8, 4)
    values = {"plate": CAR, "reason": "agreed", "begins_at": clock.now() - 9 * HOUR}
    lists.add_entry(gate.site, UserFactory(), kind="block", **values)
    assert price(stay) == 2000
    lists.add_entry(gate.site, UserFactory(), kind="allow", **values)
    assert price(stay) == 0


def test_a_registration_whose_end_was_withdrawn_covers_the_time_in_between(gate, monkeypatch):
    register(gate, 20)
    vehicle = gate.site.vehicles.get()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - 10 * HOUR)
    changes = end_vehicles([vehicle], UserFactory())
    monkeypatch.setattr(clock, "now", lambda: now)
    stay = visits(gate, 8, 4)
    assert price(stay) == 2000
    continue_vehicles(gate.site, UserFactory(), changes)
    assert price(stay) == 0


def test_stays_of_another_car_and_of_another_site_keep_their_prices(gate):
    stay = visits(gate, 8, 4)
    register(GateScene.build(), 9)
    assert price(stay) == 2000
