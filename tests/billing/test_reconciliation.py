"""The provider's balance against the ledger: matched, booked, or shown as a difference."""

import time
from datetime import timedelta

import pytest
from django.db.models import Sum

from billing import jobs
from billing.models import (
    BalanceTransaction,
    LedgerEntry,
    LedgerLine,
    Payment,
    ReconciliationDifference,
)
from billing.services import approve_refund, request_refund
from billing.services.reconciliation import decide_difference, reconcile_account
from core import clock
from core.errors import Rejection
from core.jobs import run_waiting
from core.models import AuditEntry
from parking.models import Stay
from tests.billing.books import entries, standing
from tests.factories import SiteFactory, StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.balance import FEE
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, pay

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * 60


def paid(stay: Stay, stripe: FakeStripe, deliver: Deliver, *, days_ago: int = 0) -> Payment:
    begin(stay)
    deliver(stripe.pay(at=int(time.time()) - days_ago * DAY))
    return Payment.objects.get(provider_ref=stripe.session["id"])


def run() -> int:
    return reconcile_account("stripe", None)


def differences() -> list[tuple[str, str]]:
    found = ReconciliationDifference.objects.filter(decided_at=None).order_by("pk")
    return [(each.kind, each.about) for each in found]


def test_a_matched_payment_has_its_fee_booked(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = paid(stay, stripe, deliver)
    assert run() == 1
    assert differences() == []
    assert BalanceTransaction.objects.get().payment == payment
    assert standing(stay.site) == {
        "stripe": 1000 - FEE,
        "provider_fees": FEE,
        "credit": -1000,
    }


def test_a_second_run_changes_nothing(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> None:
    paid(stay, stripe, deliver)
    stripe.books.balance.pay_out("acct_fake")
    run()
    before = entries(stay.site)
    assert run() == 0
    assert entries(stay.site) == before


@pytest.mark.parametrize("expands", [True, False])
def test_refunds_are_matched_whether_or_not_stripe_expands_them(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, expands: bool
) -> None:
    stripe.books.balance.expands = expands
    begin(stay)
    event = stripe.pay()
    pay(stay, 1000)
    deliver(event)
    payment = Payment.objects.get(provider="stripe")
    refund = request_refund(payment, UserFactory(), amount=1000, reason="paid twice")
    approve_refund(refund, UserFactory())
    run_waiting()
    assert run() == 2
    assert differences() == []


def test_a_payout_is_money_at_the_bank(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> None:
    paid(stay, stripe, deliver)
    stripe.books.balance.pay_out("acct_fake")
    run()
    assert standing(stay.site) == {
        "bank": 1000 - FEE,
        "provider_fees": FEE,
        "credit": -1000,
    }


def test_a_payout_for_several_sites_is_split_by_what_each_collected(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver)
    other = StayFactory(entered_at=clock.now() - timedelta(minutes=150))
    paid(other, stripe, deliver)
    stripe.books.balance.pay_out("acct_fake")
    run()
    assert stay.site != other.site
    assert standing(stay.site)["bank"] == 1000 - FEE
    assert standing(other.site)["bank"] == 1500 - FEE


def test_a_payout_that_the_bank_returned_is_back_in_the_balance(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver)
    payout = stripe.books.balance.pay_out("acct_fake")
    run()
    stripe.books.balance.fail_payout(payout["source"], "acct_fake")
    run()
    assert standing(stay.site) == {
        "stripe": 1000 - FEE,
        "provider_fees": FEE,
        "credit": -1000,
    }


def test_a_payout_by_hand_of_an_account_with_several_sites_is_a_difference(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    SiteFactory()
    paid(stay, stripe, deliver)
    stripe.books.balance.pay_out("acct_fake", automatic=False)
    run()
    run()
    assert differences() == [("missing_here", "payout")]
    assert "bank" not in standing(stay.site)


def test_money_that_is_not_booked_here_is_missing_here(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay)
    stripe.pay()
    run()
    assert differences() == [("missing_here", "payment")]
    found = ReconciliationDifference.objects.get()
    assert (found.site, found.booked, found.reported) == (stay.site, None, 1000)
    assert not LedgerEntry.objects.filter(reference__startswith="payment:").exists()


def test_another_amount_is_different(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> None:
    paid(stay, stripe, deliver)
    row = stripe.books.balance.rows[-1]
    stripe.books.balance.sources[row["source"]]["amount"] = row["amount"] = 900
    run()
    assert differences() == [("different", "payment")]


def test_a_balance_in_another_currency_is_different(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver)
    stripe.books.balance.rows[-1].update(currency="usd", amount=140, fee=4, net=136)
    run()
    assert differences() == [("different", "payment")]


def test_what_the_provider_does_not_report_is_missing_there(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver, days_ago=3)
    row = stripe.books.balance.rows.pop()
    run()
    run()
    assert differences() == [("missing_there", "payment")]
    stripe.books.balance.rows.append(row)
    run()
    assert differences() == []


def test_another_shops_money_on_the_account_is_left_alone(stay: Stay, stripe: FakeStripe) -> None:
    charge = {"id": "ch_other", "object": "charge", "amount": 500, "currency": "cny"}
    stripe.books.balance.add("charge", charge | {"metadata": {}}, 500, account="acct_fake")
    assert run() == 0
    assert differences() == []


def test_a_fee_of_the_account_itself_is_for_a_person_to_explain(
    stay: Stay, stripe: FakeStripe
) -> None:
    fee = {"id": "fee_1", "object": "fee", "currency": "cny"}
    stripe.books.balance.add("stripe_fee", fee, -200, account="acct_fake")
    run()
    assert differences() == [("missing_here", "fee")]


def test_more_movements_than_a_page_holds_are_all_read(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = paid(stay, stripe, deliver)
    for number in range(120):
        refund = {"id": f"re_{number}", "object": "refund", "currency": "cny"}
        refund["metadata"] = {"payment": payment.public_id}
        stripe.books.balance.add("refund", refund, -1, account="acct_fake")
    assert run() == 121
    assert len(differences()) == 120


def test_a_decision_has_a_reason_and_is_recorded_once(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay)
    stripe.pay()
    run()
    found, clerk = ReconciliationDifference.objects.get(), UserFactory()
    with pytest.raises(Rejection):
        decide_difference(found, clerk, reason=" ")
    decide_difference(found, clerk, reason="booked by hand in March")
    with pytest.raises(Rejection, match="decided before"):
        decide_difference(found, clerk, reason="again")
    assert AuditEntry.objects.get(action="decide difference").detail["reason"]
    run()
    assert differences() == []


def test_the_nightly_run_reads_each_account_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver)
    other = SiteFactory()
    assert jobs.reconcile_balances(stay.site_id, "2026-03-01") == 1
    assert jobs.reconcile_balances(other.pk, "2026-03-01") == 0


def test_a_provider_that_does_not_answer_is_asked_again_the_next_night(
    stay: Stay, stripe: FakeStripe
) -> None:
    stripe.lost_requests = 1
    assert jobs.reconcile_balances(stay.site_id, "2026-03-01") == 0


def test_the_balance_here_is_the_balance_there(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    paid(stay, stripe, deliver)
    deliver(stripe.refund(300))
    paid(StayFactory(entered_at=clock.now() - timedelta(minutes=90)), stripe, deliver)
    deliver(stripe.dispute())
    run()
    lines = LedgerLine.objects.filter(account__code="stripe")
    assert lines.aggregate(sum=Sum("amount"))["sum"] == sum(
        row["net"] for row in stripe.books.balance.rows
    )
