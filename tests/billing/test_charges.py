"""A charge: drafted, opened once, adjusted by further rows, paid by allocations."""

import pytest
from django.db import IntegrityError, transaction

from billing import ports
from billing.ledger import Line, book
from billing.models import Allocation, Charge, LedgerLine, Payment
from billing.selectors import Cause, owed_back, payments_for, receipt
from billing.services import (
    adjust_charge,
    begin_checkout,
    cancel_charge,
    draft_charge,
    open_charge,
    record_cash,
)
from core import clock
from core.events import subscribe_durable, unsubscribe
from core.jobs import run_waiting
from core.money import Money
from tests.billing.books import check_constraints, entries, standing
from tests.billing.fines import Fines
from tests.factories import SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def fines() -> Fines:
    source = Fines()
    ports.register_source(source)
    return source


def amounts(charge: Charge) -> list[tuple[int, str]]:
    """Return amount and state of each revision."""
    found = Charge.objects.filter(source_id=charge.source_id).order_by("revision")
    return list(found.values_list("amount", "state"))


def allocated(charge: Charge) -> list[int]:
    """Return the allocations of all revisions, in the order they were added."""
    found = Allocation.objects.filter(charge__source_id=charge.source_id).order_by("pk")
    return list(found.values_list("amount", flat=True))


def test_a_draft_posts_nothing(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    assert entries(charge.site) == 0
    assert amounts(charge) == [(0, "draft")]


def test_money_for_a_draft_is_credit_of_its_cause_until_it_opens(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    record_cash(charge, UserFactory())
    assert standing(charge.site) == {"cash": 1000, "credit": -1000}
    line = LedgerLine.objects.get(account__code="credit")
    assert (line.party_type, line.party_id, line.charge) == ("fine", "7", charge)
    open_charge(charge, 1000, lines=[{"price": 1000}])
    assert standing(charge.site) == {"cash": 1000, "fines": -1000}
    assert amounts(charge) == [(1000, "settled")]


def test_a_known_payer_is_the_party_of_the_credit(fines: Fines) -> None:
    fines.prices["7"] = 1000
    charge = draft_charge(SiteFactory(), Cause("fine", "7"), "CNY", payer=("person", "42"))
    record_cash(charge, UserFactory())
    line = LedgerLine.objects.get(account__code="credit")
    assert (line.party_type, line.party_id) == ("person", "42")
    open_charge(charge, 1000, lines=[])
    adjusted = adjust_charge(charge.site, Cause("fine", "7"), "CNY", 1200, lines=[])
    assert (adjusted.payer_type, adjusted.payer_id) == ("person", "42")


def test_what_is_not_paid_when_it_opens_is_receivable(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    record_cash(charge, UserFactory(), 400)
    open_charge(charge, 1000, lines=[])
    assert standing(charge.site) == {"cash": 400, "receivable": 600, "fines": -1000}
    assert amounts(charge) == [(1000, "open")]
    record_cash(charge, UserFactory())
    assert standing(charge.site) == {"cash": 1000, "fines": -1000}
    assert amounts(charge) == [(1000, "settled")]


def test_what_was_held_beyond_the_final_amount_is_owed_back(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    first = record_cash(charge, UserFactory(), 700)
    second = record_cash(charge, UserFactory(), 300)
    open_charge(charge, 600, lines=[])
    assert standing(charge.site) == {"cash": 1000, "fines": -600, "refunds_due": -400}
    owed = [(each.payment, each.money.minor) for each in owed_back(charge.site)]
    assert owed == [(first, 100), (second, 300)]
    assert allocated(charge) == [700, 300, -300, -100]
    check_constraints()


def test_opening_twice_changes_nothing(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    open_charge(charge, 1000, lines=[])
    open_charge(charge, 900, lines=[])
    assert amounts(charge) == [(1000, "open")]
    assert entries(charge.site) == 1


def test_an_adjustment_upwards_is_a_further_charge(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    record_cash(charge, UserFactory())
    open_charge(charge, 1000, lines=[])
    adjust_charge(charge.site, Cause.of(charge), "CNY", 1300, lines=[])
    assert amounts(charge) == [(1000, "settled"), (300, "open")]
    assert standing(charge.site) == {"cash": 1000, "receivable": 300, "fines": -1300}


def test_an_adjustment_downwards_releases_money(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    payment = record_cash(charge, UserFactory())
    open_charge(charge, 1000, lines=[])
    adjust_charge(charge.site, Cause.of(charge), "CNY", 700, lines=[])
    assert amounts(charge) == [(1000, "settled"), (-300, "settled")]
    assert standing(charge.site) == {"cash": 1000, "refunds_due": -300, "fines": -700}
    assert [(each.payment, each.money.minor) for each in owed_back(charge.site)] == [(payment, 300)]
    check_constraints()


def test_an_adjustment_downwards_cancels_a_receivable_before_it_releases_money(
    fines: Fines,
) -> None:
    charge = fines.issue("7", 1000)
    record_cash(charge, UserFactory(), 800)
    open_charge(charge, 1000, lines=[])
    adjust_charge(charge.site, Cause.of(charge), "CNY", 700, lines=[])
    assert standing(charge.site) == {"cash": 800, "refunds_due": -100, "fines": -700}
    assert [state for _, state in amounts(charge)] == ["settled", "settled"]
    check_constraints()


def test_an_adjustment_by_nothing_is_cancelled(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    open_charge(charge, 1000, lines=[])
    adjust_charge(charge.site, Cause.of(charge), "CNY", 1000, lines=[])
    assert amounts(charge) == [(1000, "open"), (0, "cancelled")]
    assert entries(charge.site) == 1


def test_a_cancelled_draft_costs_nothing_and_its_money_is_owed_back(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    record_cash(charge, UserFactory())
    cancel_charge(charge)
    assert amounts(charge) == [(0, "cancelled")]
    assert standing(charge.site) == {"cash": 1000, "refunds_due": -1000}


def test_money_for_a_reopened_cause_pays_what_was_left_open_before(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    open_charge(charge, 1000, lines=[])
    draft = draft_charge(charge.site, Cause.of(charge), "CNY")
    fines.prices["7"] = 1400
    record_cash(draft, UserFactory())
    open_charge(draft, 1400, lines=[])
    assert amounts(charge) == [(1000, "settled"), (400, "settled")]
    assert standing(charge.site) == {"cash": 1400, "fines": -1400}
    check_constraints()


@pytest.mark.parametrize("values", [{"amount": 900}, {"lines": [{"x": 1}]}, {"state": "draft"}])
def test_the_database_refuses_to_edit_an_open_charge(
    fines: Fines, values: dict[str, object]
) -> None:
    charge = fines.issue("7", 1000)
    open_charge(charge, 1000, lines=[])
    with pytest.raises(IntegrityError, match="add an adjustment"), transaction.atomic():
        Charge.objects.filter(pk=charge.pk).update(**values)


def test_the_database_refuses_a_second_charge_of_one_cause(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    with pytest.raises(IntegrityError, match="charge_once_per_cause"), transaction.atomic():
        fines.issue("7", 1000, charge.site)


def allocate(payment: Payment, **amounts: tuple[Charge, int]) -> None:
    """Add allocations as no service would, and commit them."""
    for charge, amount in amounts.values():
        Allocation.objects.create(
            payment=payment, charge=charge, amount=amount, created_at=clock.now()
        )
    check_constraints()


@pytest.mark.parametrize("extra", [1, -1001])
def test_the_database_refuses_allocations_out_of_bounds(fines: Fines, extra: int) -> None:
    charge = fines.issue("7", 1000)
    payment = record_cash(charge, UserFactory())
    with pytest.raises(IntegrityError, match="is allocated"), transaction.atomic():
        allocate(payment, extra=(charge, extra))


def test_the_database_refuses_to_allocate_more_than_a_charge(fines: Fines) -> None:
    charge, other = fines.issue("7", 1000), fines.issue("8", 500)
    record_cash(charge, UserFactory())
    payment = record_cash(other, UserFactory())
    with pytest.raises(IntegrityError, match="to charge"), transaction.atomic():
        allocate(payment, taken=(other, -500), added=(charge, 500))


def test_the_database_refuses_to_edit_an_allocation(fines: Fines) -> None:
    record_cash(fines.issue("7", 1000), UserFactory())
    with pytest.raises(IntegrityError, match="an allocation is final"), transaction.atomic():
        Allocation.objects.update(amount=1)


@pytest.mark.parametrize("named", [True, False])
def test_nothing_is_owed_back_once_its_refund_is_booked(fines: Fines, named: bool) -> None:
    charge = fines.issue("7", 1000)
    payment = record_cash(charge, UserFactory())
    cancel_charge(charge)
    assert [each.money.minor for each in owed_back(charge.site)] == [1000]
    refund = Money(1000, "CNY")
    party = ("payment", payment.public_id) if named else None
    lines = [Line("refunds_due", refund, party), Line("cash", -refund)]
    book(charge.site, "refund:1", "paid back in cash", lines)
    assert owed_back(charge.site) == []
    assert not receipt(payment).owed_back


def test_an_app_collects_money_online_without_a_change_of_payment_code(
    fines: Fines, stripe: FakeStripe, deliver: Deliver
) -> None:
    charge = fines.issue("7", 1000)
    options = {"email": "", "language": "en", "return_url": "https://park.example/"}
    payment = begin_checkout(charge, **options)
    assert stripe.session["amount_total"] == 1000
    deliver(stripe.pay())
    payment.refresh_from_db()
    shown = receipt(payment)
    assert (shown.fact("number"), shown.basis, shown.lines) == ("7", "by-law 7", [{"price": 1000}])
    assert list(payments_for(charge.site, Cause("fine", "7"))) == [payment]


def test_a_rolled_back_payment_publishes_no_event(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    with transaction.atomic():
        record_cash(charge, UserFactory())
        transaction.set_rollback(True)
    run_waiting()
    assert Payment.objects.count() == 0
    assert _delivered == []


_delivered: list[object] = []


def note_paid(event: object) -> None:
    _delivered.append(event)


@pytest.fixture(autouse=True)
def _note_events() -> object:
    from billing.events import ChargePaid

    _delivered.clear()
    subscribe_durable(ChargePaid, note_paid)
    yield
    unsubscribe(ChargePaid, note_paid)


def test_the_event_contains_cause_payment_and_amount(fines: Fines) -> None:
    charge = fines.issue("7", 1000)
    payment = record_cash(charge, UserFactory(), 400)
    assert _delivered == []
    run_waiting()
    (event,) = _delivered
    assert (event.source_type, event.source_id, event.amount) == ("fine", "7", 400)
    assert (event.payment, event.paid_at) == (payment.public_id, payment.paid_at)
