"""Money taken at the desk: by which method, for which charges, and never twice."""

from datetime import timedelta
from functools import partial

import pytest

from billing.drawers import cash_in
from billing.models import BillingSettings, Charge, Drawer, Payment
from billing.outstanding import amount_due, credit_balance
from billing.selectors import receipt
from billing.services import Received, open_drawer, take_payment
from core import clock
from core.errors import Rejection
from core.ids import public_id
from core.models import AuditEntry, Site, User
from tests.at_once import at_once
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
CASH = Received("cash")


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def cashier(db: None) -> User:
    return UserFactory(username="cashier", first_name="Mei", last_name="Lin")


@pytest.fixture
def drawer(site: Site, cashier: User) -> Drawer:
    return open_drawer(site, cashier, float_amount=1000)


def owed(site: Site, *amounts: int) -> list[Charge]:
    """Bill so many charges, and return them."""
    names = [club_charge(f"c{number}", amount) for number, amount in enumerate(amounts)]
    return charges_of(bill_of(site, *names))


def test_cash_pays_several_charges_and_lies_in_the_drawer(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    payment = take_payment(site, cashier, PAYER, CASH, owed(site, 100, 50))
    assert (payment.amount, payment.receipt_no, payment.method) == (150, 1, "cash")
    assert cash_in(drawer).minor == 1150
    assert standing(site) == {"cash": 1150, "safe": -1000, "club_fees": -150}
    entry = AuditEntry.objects.get(action="take payment")
    assert (entry.subject, entry.detail["amount"]) == (PAYER, 150)


def test_cash_needs_an_open_drawer(site: Site, cashier: User) -> None:
    with pytest.raises(Rejection, match="no open drawer"):
        take_payment(site, cashier, PAYER, CASH, owed(site, 100))
    assert standing(site) == {"receivable": 100, "club_fees": -100}


@pytest.mark.parametrize(
    ("method", "account", "title"),
    [
        ("pos", "pos_clearing", "card terminal"),
        ("bank_transfer", "bank", "bank transfer"),
        ("cheque", "cheques", "cheque"),
    ],
)
def test_each_method_has_its_account_and_a_receipt(
    site: Site, cashier: User, method: str, account: str, title: str
) -> None:
    received = Received(method, reference="  no  17 ")
    payment = take_payment(site, cashier, PAYER, received, owed(site, 100))
    assert standing(site) == {account: 100, "club_fees": -100}
    shown = receipt(payment)
    assert shown is not None
    assert (shown.provider, shown.taken_by) == (title, "Mei Lin")
    assert payment.offline_detail.reference == "no 17"


@pytest.mark.parametrize("method", ["pos", "bank_transfer", "cheque"])
def test_other_methods_than_cash_need_a_reference(site: Site, cashier: User, method: str) -> None:
    with pytest.raises(Rejection, match="reference is missing"):
        take_payment(site, cashier, PAYER, Received(method, reference=" "), owed(site, 100))


def test_a_date_in_the_future_and_an_unknown_method_are_rejected(site: Site, cashier: User) -> None:
    tomorrow = (clock.now() + timedelta(days=2)).date()
    received = Received("cheque", reference="17", dated_on=tomorrow)
    with pytest.raises(Rejection, match="future"):
        take_payment(site, cashier, PAYER, received, owed(site, 100))
    with pytest.raises(Rejection, match="choose a method"):
        take_payment(site, cashier, PAYER, Received("barter", 100))


def test_money_beyond_the_charges_is_credit_of_the_payer(site: Site, cashier: User) -> None:
    received = Received("bank_transfer", 130, "t1")
    take_payment(site, cashier, PAYER, received, owed(site, 100))
    assert credit_balance(site, PAYER).minor == 30
    take_payment(site, cashier, PAYER, Received("bank_transfer", 20, "t2"))
    assert credit_balance(site, PAYER).minor == 50


def test_a_part_payment_needs_the_sites_permission(site: Site, cashier: User) -> None:
    charges = owed(site, 100, 50)
    with pytest.raises(Rejection, match="part payments"):
        take_payment(site, cashier, PAYER, Received("pos", 120, "s1"), charges)
    BillingSettings.objects.create(site=site, allows_part_payment=True)
    take_payment(site, cashier, PAYER, Received("pos", 120, "s1"), charges)
    assert amount_due(charges[0].bill_line.bill).minor == 30
    assert standing(site) == {"pos_clearing": 120, "receivable": 30, "club_fees": -150}


def test_an_amount_that_pays_some_charges_in_full_is_no_part_payment(
    site: Site, cashier: User
) -> None:
    charges = owed(site, 100, 50)
    take_payment(site, cashier, PAYER, Received("pos", 100, "s1"), charges)
    assert amount_due(charges[0].bill_line.bill).minor == 50


@pytest.mark.parametrize("amount", [0, -5, 2**63])
def test_an_amount_out_of_range_is_rejected(site: Site, cashier: User, amount: int) -> None:
    with pytest.raises(Rejection, match="more than zero"):
        take_payment(site, cashier, PAYER, Received("pos", amount, "s1"))


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_an_amount_near_the_limit_is_booked_in_any_currency(cashier: User, currency: str) -> None:
    site = SiteFactory(currency=currency)
    take_payment(site, cashier, PAYER, Received("bank_transfer", 2**63 - 1, "t"))
    assert standing(site) == {"bank": 2**63 - 1, "credit": 1 - 2**63}


def test_charges_of_another_payer_or_paid_ones_are_rejected(site: Site, cashier: User) -> None:
    charges = owed(site, 100)
    with pytest.raises(Rejection, match="not an open one"):
        take_payment(site, cashier, ("person", "43"), Received("pos", None, "s1"), charges)
    take_payment(site, cashier, PAYER, Received("pos", None, "s1"), charges)
    with pytest.raises(Rejection, match="not an open one"):
        take_payment(site, cashier, PAYER, Received("pos", None, "s2"), charges)
    assert standing(site) == {"pos_clearing": 100, "club_fees": -100}


def test_a_repeated_submission_returns_the_payment(
    site: Site, cashier: User, drawer: Drawer
) -> None:
    charges, key = owed(site, 100), public_id()
    first = take_payment(site, cashier, PAYER, CASH, charges, key=key)
    assert take_payment(site, cashier, PAYER, CASH, charges, key=key) == first
    assert cash_in(drawer).minor == 1100


def test_a_slip_is_recorded_once(site: Site, cashier: User) -> None:
    take_payment(site, cashier, PAYER, Received("cheque", 100, "17"))
    with pytest.raises(Rejection, match="receipt 1"):
        take_payment(site, cashier, PAYER, Received("cheque", 100, "17"))
    take_payment(site, cashier, PAYER, Received("cheque", 200, "17"))


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_take_money_for_one_charge_take_it_once(transactional_db: None) -> None:
    register()
    site, key = SiteFactory(), public_id()
    charges = owed(site, 100)
    tellers = [UserFactory(), UserFactory()]
    for teller in tellers:
        open_drawer(site, teller)
    results = at_once(
        *[partial(take_payment, site, each, PAYER, CASH, charges) for each in tellers],
        *[partial(take_payment, site, tellers[0], PAYER, Received("pos", 7, "s"), key=key)] * 2,
    )
    assert sum(isinstance(each, Rejection) for each in results[:2]) == 1
    assert results[2] == results[3]
    assert Payment.objects.count() == 2
    assert standing(site) == {"cash": 100, "pos_clearing": 7, "club_fees": -100, "credit": -7}
