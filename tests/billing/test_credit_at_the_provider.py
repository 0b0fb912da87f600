"""A payer's credit that the provider has paid back already: it is not used a second time."""

import pytest

from billing.ledger import Party
from billing.models import Payment, Refund
from billing.outstanding import credit_balance
from billing.ports import DisputeStatus, ProviderDispute, ProviderRefund, RefundStatus
from billing.services import apply_credit, request_credit_refund
from billing.services.disputes import settle_dispute
from billing.services.recording import record_payment
from billing.services.refunds import settle_refund
from core import clock
from core.models import Site
from core.money import Money
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, club_charge, register
from tests.factories import SiteFactory, UserFactory
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def payment(site: Site) -> Payment:
    """A card payment of 10.00 that is the payer's credit."""
    return paid_by_card(site, PAYER)


def paid_by_card(site: Site, payer: Party) -> Payment:
    payment = Payment.objects.create(
        site=site,
        provider="stripe",
        payer_type=payer[0],
        payer_id=payer[1],
        amount=1000,
        currency="CNY",
        created_at=clock.now(),
    )
    return record_payment(payment, clock.now())


def refunded(payment: Payment, minor: int, status: RefundStatus = RefundStatus.SUCCEEDED) -> Refund:
    """The provider reports a refund that was made in its dashboard."""
    report = ProviderRefund(
        reference="re_1",
        payment=payment.public_id,
        refund="",
        status=status,
        money=Money(minor, "CNY"),
    )
    found = settle_refund("stripe", report)
    assert found is not None
    return found


def disputed(payment: Payment, status: DisputeStatus, minor: int = 1000) -> None:
    report = ProviderDispute("dp_1", payment.public_id, status, Money(minor, "CNY"))
    settle_dispute("stripe", report)


def test_a_refund_in_the_dashboard_takes_the_credit(site: Site, payment: Payment) -> None:
    assert refunded(payment, 400).state == "external"
    assert credit_balance(site, PAYER).minor == 600
    assert standing(site) == {"stripe": 600, "credit": -600}
    check_constraints()


def test_a_refund_in_the_dashboard_that_fails_is_due_again(site: Site, payment: Payment) -> None:
    refunded(payment, 400)
    assert refunded(payment, 400, RefundStatus.FAILED).state == "failed"
    assert standing(site) == {"stripe": 1000, "credit": -600, "refunds_due": -400}


def test_a_failure_that_is_reported_first_counts(site: Site, payment: Payment) -> None:
    refunded(payment, 400, RefundStatus.FAILED)
    assert refunded(payment, 400).state == "failed"
    assert standing(site) == {"stripe": 1000, "credit": -1000}


def test_a_lost_dispute_takes_the_credit(site: Site, payment: Payment) -> None:
    disputed(payment, DisputeStatus.OPEN)
    assert credit_balance(site, PAYER).minor == 1000
    disputed(payment, DisputeStatus.LOST)
    assert credit_balance(site, PAYER).minor == 0
    assert standing(site) == {}
    check_constraints()


def test_a_dispute_that_is_won_leaves_the_credit(site: Site, payment: Payment) -> None:
    disputed(payment, DisputeStatus.OPEN)
    disputed(payment, DisputeStatus.WON)
    disputed(payment, DisputeStatus.LOST)
    assert standing(site) == {"stripe": 1000, "credit": -1000}


def test_credit_that_paid_a_bill_stays_paid_and_the_loss_in_suspense(
    site: Site, payment: Payment
) -> None:
    bill_of(site, club_charge("a", 1000))
    apply_credit(site, PAYER)
    disputed(payment, DisputeStatus.OPEN)
    disputed(payment, DisputeStatus.LOST)
    assert standing(site) == {"suspense": 1000, "club_fees": -1000}


def test_credit_of_a_disputed_payment_is_not_paid_back(site: Site, payment: Payment) -> None:
    disputed(payment, DisputeStatus.OPEN)
    values = {"amount": 100, "reason": "moved out"}
    found = rejected(request_credit_refund, site, PAYER, UserFactory(), **values)
    assert found == ("payment", "disputed")
    assert standing(site)["credit"] == -1000


@pytest.mark.parametrize("provider", ["stripe", "other"])
def test_a_report_about_no_payment_of_its_provider_changes_nothing(
    site: Site, payment: Payment, provider: str
) -> None:
    known = payment.public_id if provider == "other" else "unknown"
    refund = ProviderRefund("re_1", "", known, RefundStatus.SUCCEEDED, Money(1, "CNY"))
    dispute = ProviderDispute("dp_1", known, DisputeStatus.OPEN, Money(1, "CNY"))
    assert settle_refund(provider, refund) is None
    assert settle_dispute(provider, dispute) is None
    assert standing(site) == {"stripe": 1000, "credit": -1000}
