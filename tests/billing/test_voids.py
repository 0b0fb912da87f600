"""Mistyped cash is voided in its shift; refunds in cash come from a drawer; a second person."""

from datetime import timedelta
from functools import partial

import pytest

from billing.desk import can_void
from billing.drawers import cash_in
from billing.models import BankAccount, BillingSettings, Charge, Drawer, Payment
from billing.outstanding import amount_due, credit_balance
from billing.selectors import receipt, refundable
from billing.services import (
    Received,
    apply_credit,
    approve_refund,
    approve_void,
    cancel_void,
    hand_over_drawer,
    match_with_recorded,
    open_drawer,
    request_credit_refund,
    request_refund,
    take_payment,
    void_payment,
)
from billing.verification import RECEIPT, verification_url, verify
from core import clock
from core.errors import Rejection
from core.models import Site, User
from parking.models import Stay
from tests.at_once import at_once
from tests.billing.bank.lines import a_line
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, register
from tests.factories import SiteFactory, UserFactory
from tests.paying import record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db: None) -> Site:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, waiver_limit=500, refund_limit=500)
    return site


@pytest.fixture
def cashier(db: None) -> User:
    return UserFactory()


@pytest.fixture
def drawer(site: Site, cashier: User) -> Drawer:
    return open_drawer(site, cashier, float_amount=1000)


def take(site: Site, cashier: User, amount: int, *charges: Charge) -> Payment:
    return take_payment(site, cashier, PAYER, Received("cash", amount), charges)


def test_a_void_returns_the_cash_and_the_charge_is_owed_again(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    bill = bill_of(site, club_charge("a", 100))
    payment = take(site, cashier, 130, *charges_of(bill))
    void = void_payment(payment, cashier, reason="mistyped")
    payment.refresh_from_db()
    assert (void.state, payment.state, payment.receipt_no) == ("done", "void", 1)
    assert amount_due(bill).minor == 100
    assert charges_of(bill)[0].state == "open"
    assert not credit_balance(site, PAYER)
    assert standing(site) == {"cash": 1000, "safe": -1000, "receivable": 100, "club_fees": -100}
    check_constraints()


def test_the_receipt_of_a_voided_payment_says_so(site: Site, cashier: User, drawer: Drawer) -> None:
    payment = take(site, cashier, 100)
    url = verification_url(RECEIPT, site, "1")
    void_payment(payment, cashier, reason="mistyped")
    shown = receipt(Payment.objects.get(pk=payment.pk))
    assert shown is not None
    assert (shown.number, shown.is_void) == (1, True)
    verified = verify(url.rstrip("/").rsplit("/", 1)[1])
    assert verified is not None
    assert verified.is_void
    assert take(site, cashier, 100).receipt_no == 2


def test_a_void_takes_back_credit_that_paid_another_charge(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    payment = take(site, cashier, 100)
    bill = bill_of(site, club_charge("a", 70))
    apply_credit(site, PAYER)
    assert not amount_due(bill)
    void_payment(payment, cashier, reason="mistyped")
    assert amount_due(bill).minor == 70
    assert standing(site) == {"cash": 1000, "safe": -1000, "receivable": 70, "club_fees": -70}
    check_constraints()


def test_cash_at_the_lane_is_voided_while_the_car_is_inside(stay: Stay, cashier: User) -> None:
    BillingSettings.objects.create(site=stay.site, waiver_limit=5000)
    open_drawer(stay.site, cashier)
    payment = record_cash_payment(stay, cashier, 400)
    void_payment(payment, cashier, reason="another car")
    assert standing(stay.site) == {}
    assert record_cash_payment(stay, cashier).amount == 1000


def test_above_the_limit_another_person_approves_the_void(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    payment = take(site, cashier, 501)
    void = void_payment(payment, cashier, reason="mistyped")
    assert (void.state, cash_in(drawer).minor) == ("requested", 1501)
    with pytest.raises(Rejection, match="requested this yourself"):
        approve_void(void, cashier)
    with pytest.raises(Rejection, match="requested already"):
        void_payment(payment, cashier, reason="mistyped")
    assert approve_void(void, UserFactory()).state == "done"
    assert cash_in(drawer).minor == 1000
    with pytest.raises(Rejection, match="not waiting"):
        approve_void(void, UserFactory())


def test_a_cancelled_void_can_be_requested_again(site: Site, cashier: User, drawer: Drawer) -> None:
    payment = take(site, cashier, 501)
    cancel_void(void_payment(payment, cashier, reason="mistyped"), cashier)
    assert void_payment(payment, cashier, reason="mistyped").state == "requested"


def test_cash_of_a_handed_over_drawer_cannot_be_voided(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    small, large = take(site, cashier, 100), take(site, cashier, 501)
    void = void_payment(large, cashier, reason="mistyped")
    hand_over_drawer(drawer, cashier, counted=1601)
    for change in (
        partial(void_payment, small, cashier, reason="mistyped"),
        partial(approve_void, void, UserFactory()),
    ):
        with pytest.raises(Rejection, match="handed over"):
            change()


def taken_by(method: str, site: Site, cashier: User, amount: int = 300) -> Payment:
    charges = charges_of(bill_of(site, club_charge("c", amount)))
    received = Received(method, amount, "slip 88213377")
    return take_payment(site, cashier, PAYER, received, charges)


OTHER_METHODS = pytest.mark.parametrize("method", ["pos", "bank_transfer", "cheque"])


@OTHER_METHODS
def test_a_payment_by_another_method_is_voided_on_its_day(
    site: Site, cashier: User, method: str
) -> None:
    payment = taken_by(method, site, cashier)
    assert can_void(payment)
    void_payment(payment, cashier, reason="wrong payer")
    payment.refresh_from_db()
    assert payment.state == "void"
    assert standing(site) == {"receivable": 300, "club_fees": -300}
    assert Charge.objects.get().state == "open"
    check_constraints()


@OTHER_METHODS
def test_a_payment_by_another_method_is_not_voided_on_a_later_day(
    site: Site, cashier: User, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = taken_by(method, site, cashier)
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert not can_void(payment)
    with pytest.raises(Rejection, match="on an earlier day"):
        void_payment(payment, cashier, reason="wrong payer")


@OTHER_METHODS
def test_above_the_limit_another_person_approves_the_void_of_any_method(
    site: Site, cashier: User, method: str
) -> None:
    void = void_payment(taken_by(method, site, cashier, 900), cashier, reason="wrong payer")
    assert void.state == "requested"
    with pytest.raises(Rejection, match="requested this yourself"):
        approve_void(void, cashier)
    assert approve_void(void, UserFactory()).state == "done"


def test_a_payment_that_arrived_at_the_bank_is_not_voided(site: Site, cashier: User) -> None:
    payment = taken_by("cheque", site, cashier)
    account = BankAccount.objects.create(site=site, name="Main")
    line = a_line(account, cashier, "3.00")
    match_with_recorded(line, cashier, payment)
    assert not can_void(payment)
    with pytest.raises(Rejection, match="matched with this payment"):
        void_payment(payment, cashier, reason="wrong payer")


def test_a_void_needs_a_reason_and_no_refund(site: Site, cashier: User, drawer: Drawer) -> None:
    payment = take(site, cashier, 100)
    with pytest.raises(Rejection, match="reason"):
        void_payment(payment, cashier, reason=" ")
    request_credit_refund(site, PAYER, cashier, amount=10, reason="moved out")
    with pytest.raises(Rejection, match="a refund of this payment exists"):
        void_payment(payment, cashier, reason="mistyped")


def test_a_refund_in_cash_comes_from_the_drawer(site: Site, cashier: User, drawer: Drawer) -> None:
    take(site, cashier, 100)
    (refund,) = request_credit_refund(site, PAYER, cashier, amount=60, reason="moved out")
    approve_refund(refund, cashier)
    assert cash_in(drawer).minor == 1040


def test_a_refund_that_another_approves_is_paid_by_the_cashier_who_requested_it(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    take(site, cashier, 600)
    (refund,) = request_credit_refund(site, PAYER, cashier, amount=600, reason="moved out")
    with pytest.raises(Rejection, match="requested this yourself"):
        approve_refund(refund, cashier)
    approve_refund(refund, UserFactory())
    assert cash_in(drawer).minor == 1000


def test_several_small_refunds_of_a_payment_count_together(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    take(site, cashier, 600)
    (first,) = request_credit_refund(site, PAYER, cashier, amount=300, reason="moved out")
    approve_refund(first, cashier)
    (second,) = request_credit_refund(site, PAYER, cashier, amount=300, reason="moved out")
    with pytest.raises(Rejection, match="requested this yourself"):
        approve_refund(second, cashier)


def test_a_drawer_with_too_little_cash_pays_no_refund(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    take(site, cashier, 100)
    hand_over_drawer(drawer, cashier, counted=1100)
    empty = open_drawer(site, cashier)
    (refund,) = request_credit_refund(site, PAYER, cashier, amount=60, reason="moved out")
    with pytest.raises(Rejection, match="holds only"):
        approve_refund(refund, cashier)
    assert not cash_in(empty)


def test_money_that_was_refunded_is_not_refunded_again(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    payment = take(site, cashier, 100)
    (refund,) = request_credit_refund(site, PAYER, cashier, amount=100, reason="moved out")
    approve_refund(refund, cashier)
    assert not refundable(payment)
    with pytest.raises(Rejection, match="was refunded already"):
        request_refund(payment, cashier, amount=100, reason="again")


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_voided_once_while_its_drawer_is_handed_over(transactional_db: None) -> None:
    site, cashier = SiteFactory(), UserFactory()
    BillingSettings.objects.create(site=site, waiver_limit=500)
    drawer = open_drawer(site, cashier)
    payment = take(site, cashier, 100)
    results = at_once(
        *[partial(void_payment, payment, cashier, reason="mistyped")] * 2,
        partial(hand_over_drawer, drawer, cashier, counted=0, reason="counted"),
    )
    closed = results[2]
    assert isinstance(closed, Drawer)
    payment.refresh_from_db()
    assert closed.expected == (0 if payment.state == "void" else 100)
    assert cash_in(drawer).minor == 0
