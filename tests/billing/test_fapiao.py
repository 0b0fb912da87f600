"""Requests for a fapiao: one for each payment, issued by staff, reversed after a refund."""

import pytest

from billing.models import FapiaoRequest, Payment
from billing.services import (
    approve_refund,
    issue_fapiao,
    record_red_fapiao,
    reject_fapiao,
    request_credit_refund,
    request_fapiao,
)
from core.errors import Rejection
from core.models import Site
from tests.billing.club_fees import PAYER, pay
from tests.factories import SiteFactory, UserFactory

TAX_NUMBER = "91310000MA1FL0RX3X"


@pytest.fixture
def site(db: None) -> Site:
    return SiteFactory()


@pytest.fixture
def payment(site: Site) -> Payment:
    return pay(site, 1000)


def refund(site: Site, amount: int) -> None:
    for each in request_credit_refund(site, PAYER, UserFactory(), amount=amount, reason="left"):
        approve_refund(each, UserFactory())


def test_a_request_is_issued_with_its_number(payment: Payment) -> None:
    request = request_fapiao(payment, title="Jade Logistics", tax_number=TAX_NUMBER.lower())
    assert (request.amount, request.tax_number, request.state) == (1000, TAX_NUMBER, "requested")
    issued = issue_fapiao(request, UserFactory(), "2631 2000 0001")
    assert (issued.state, issued.number) == ("issued", "263120000001")


def test_a_payment_has_one_request_at_a_time(payment: Payment) -> None:
    request = request_fapiao(payment, title="Li Wei")
    with pytest.raises(Rejection, match="requested already"):
        request_fapiao(payment, title="Li Wei")
    reject_fapiao(request, UserFactory(), "the name is incomplete")
    assert request_fapiao(payment, title="Li Weiguo").state == "requested"


def test_a_refund_after_it_asks_for_the_red_letter_number(site: Site, payment: Payment) -> None:
    request = issue_fapiao(request_fapiao(payment, title="Li Wei"), UserFactory(), "1")
    refund(site, 400)
    request.refresh_from_db()
    assert request.state == "red_requested"
    assert record_red_fapiao(request, UserFactory(), "2").state == "red_issued"
    assert request_fapiao(payment, title="Li Wei").amount == 600


@pytest.mark.parametrize("state", ["requested", "approved", "created"])
def test_money_whose_refund_is_not_confirmed_is_left_out_once(payment: Payment, state: str) -> None:
    request_credit_refund(payment.site, PAYER, UserFactory(), amount=400, reason="left")
    payment.refunds.update(state=state)
    assert request_fapiao(payment, title="Li Wei").amount == 600


def test_a_refund_before_it_ends_the_request(site: Site, payment: Payment) -> None:
    request = request_fapiao(payment, title="Li Wei")
    refund(site, 1000)
    request.refresh_from_db()
    assert request.state == "rejected"
    with pytest.raises(Rejection, match="nothing is left"):
        request_fapiao(payment, title="Li Wei")


@pytest.mark.parametrize(
    ("title", "tax_number", "field"), [(" ", "", "title"), ("Jade", "12", "tax_number")]
)
def test_what_is_entered_is_checked(
    payment: Payment, title: str, tax_number: str, field: str
) -> None:
    with pytest.raises(Rejection) as error:
        request_fapiao(payment, title=title, tax_number=tax_number)
    assert error.value.field == field
    assert not FapiaoRequest.objects.exists()


def test_a_number_is_entered_once(payment: Payment) -> None:
    request = request_fapiao(payment, title="Li Wei")
    with pytest.raises(Rejection, match="number is missing"):
        issue_fapiao(request, UserFactory(), "  ")
    issue_fapiao(request, UserFactory(), "1")
    with pytest.raises(Rejection, match="handled already"):
        issue_fapiao(request, UserFactory(), "2")
