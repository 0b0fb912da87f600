"""Late fees that accrue by the day: posted before the money of a payment is allocated."""

# Fixtures are imported, and named again by the tests that take them.
# ruff: noqa: F811

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from billing.accruals import accrued_on
from billing.models import BillingSettings, Charge, Payment
from billing.outstanding import credit_balance, owed_by
from billing.services import (
    Received,
    Selected,
    apply_credit,
    begin_joint_checkout,
    return_cheque,
    take_payment,
)
from billing.services.voids import lock_payment, reverse_payment
from core.errors import Rejection
from fees.late_fees import post_late_fees
from fees.services.waivers import request_waiver
from tests.at_once import at_once
from tests.billing.club_fees import pay
from tests.fees.late_payers import (  # noqa: F401
    allocated,
    part_payments,
    receive,
    statutory,
    till,
)
from tests.fees.test_late_fees import DUE, NEW_YEAR, calendar, fee, owner, posted, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db
TENTH = date(2026, 12, 10)
PRINCIPAL = 100_000


def test_a_payment_finds_the_late_fee_of_each_day_before_it(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(TENTH)
    payment = receive(site, owner, 40_000, fee)
    assert posted() == [("2026-12-09", 1000)]
    assert allocated(payment) == [("late_fee", 1000), ("fee", 39_000)]


def test_the_night_posts_only_the_rest(site, owner, fee, calendar, statutory):
    calendar(TENTH)
    receive(site, owner, 40_000, fee)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    # 22 days on 610.00.
    assert posted() == [("2026-12-09", 1000), ("2026-12", 1342)]
    assert post_late_fees(site, NEW_YEAR) == 0


def test_a_second_payment_of_a_day_posts_nothing(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(TENTH)
    receive(site, owner, 40_000, fee)
    receive(site, owner, 10_000, fee)
    assert posted() == [("2026-12-09", 1000)]


def test_the_amount_by_default_contains_the_late_fees_that_come_first(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(TENTH)
    payment = receive(site, owner, None, fee)
    assert payment.amount == 101_000
    assert owed_by(site, owner) == []
    calendar(NEW_YEAR)
    assert post_late_fees(site, NEW_YEAR) == 0


def test_a_part_payment_is_rejected_where_the_late_fee_leaves_the_fee_unpaid(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    BillingSettings.objects.filter(site=site).update(allows_part_payment=False)
    calendar(TENTH)
    with pytest.raises(Rejection, match="does not accept part payments"):
        receive(site, owner, PRINCIPAL, fee)
    assert posted() == []


def test_with_the_principal_first_the_late_fee_is_posted_and_owed(
    site,
    owner,
    fee,
    calendar,
):
    calendar(TENTH)
    payment = receive(site, owner, None, fee)
    assert allocated(payment) == [("fee", PRINCIPAL)]
    assert [each.money.minor for each in owed_by(site, owner)] == [1000]


def test_money_beyond_the_principal_pays_its_late_fee_before_it_is_credit(
    site,
    owner,
    fee,
    calendar,
):
    calendar(TENTH)
    payment = receive(site, owner, PRINCIPAL + 1500, fee)
    assert allocated(payment) == [("fee", PRINCIPAL), ("late_fee", 1000)]
    assert credit_balance(site, owner).minor == 500


def test_a_payment_before_the_due_day_posts_none(site, owner, fee, calendar, statutory):
    calendar(DUE)
    receive(site, owner, None, fee)
    assert posted() == []


def test_credit_pays_the_late_fee_of_each_day_first(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(date(2026, 12, 5))
    payment = pay(site, 20_000, payer=owner)
    calendar(TENTH)
    apply_credit(site, owner)
    assert allocated(payment) == [("late_fee", 1000), ("fee", 19_000)]


def test_what_a_payer_is_shown_is_what_a_payment_of_that_day_posts(
    site,
    owner,
    fee,
    calendar,
    part_payments,
):
    calendar(TENTH)
    (shown,) = accrued_on([fee])
    assert (shown.charge, shown.money.minor, shown.until) == (fee, 1000, TENTH)
    receive(site, owner, 40_000, *(Charge.objects.filter(source_type="fee")))
    assert posted() == [("2026-12-09", shown.money.minor)]
    assert accrued_on([fee]) == []


def test_a_checkout_asks_for_the_late_fees_that_come_first(
    site,
    owner,
    fee,
    calendar,
    statutory,
    till,
):
    calendar(TENTH)
    payment = begin([fee])
    assert payment.amount == 101_000
    till.pay()
    assert sorted(allocated(payment)) == [("fee", PRINCIPAL), ("late_fee", 1000)]
    assert owed_by(site, owner) == []


def test_a_part_paid_online_settles_the_late_fee_first(
    site,
    owner,
    fee,
    calendar,
    statutory,
    till,
):
    calendar(TENTH)
    payment = begin([fee], amount=40_000)
    till.pay()
    assert sorted(allocated(payment)) == [("fee", 39_000), ("late_fee", 1000)]


def test_a_checkout_that_is_paid_the_next_day_posts_that_day_too(
    site,
    owner,
    fee,
    calendar,
    till,
):
    calendar(TENTH)
    begin([fee])
    assert posted() == [("2026-12-09", 1000)]
    calendar(TENTH + timedelta(days=1))
    till.pay()
    assert posted() == [("2026-12-09", 1000), ("2026-12-10", 100)]


def begin(charges: list[Charge], **options: Any) -> Payment:
    """Begin an online payment."""
    selected = [Selected(each) for each in charges]
    given = {"email": "", "language": "en", "return_url": "https://park.example/", **options}
    return begin_joint_checkout(selected, **given)


def test_money_that_was_withdrawn_has_never_paid_the_fee(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(TENTH)
    payment = receive(site, owner, 101_000, fee)
    calendar(date(2026, 12, 20))
    with transaction.atomic():
        reverse_payment(lock_payment(payment), "pos_clearing", None)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    assert sum(amount for _period, amount in posted()) == 3200


def test_a_fee_that_is_open_again_accrues_under_the_period_that_was_posted(
    site,
    owner,
    fee,
    calendar,
    part_payments,
):
    calendar(TENTH)
    first = receive(site, owner, 50_000, fee)
    calendar(date(2026, 12, 12))
    second = receive(site, owner, 10_000, fee)
    assert posted() == [("2026-12-09", 1000), ("2026-12-11", 100)]
    with transaction.atomic():
        reverse_payment(lock_payment(first), "pos_clearing", None)
    assert second.state == "paid"
    receive(site, owner, 10_000, fee)
    # The days from 10 to 12 December count on 1,000.00 again.
    rows = Charge.objects.filter(source_type="late_fee")
    assert sum(rows.values_list("amount", flat=True)) == 1200


def test_a_waived_late_fee_is_not_posted_again_by_a_payment(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    BillingSettings.objects.filter(site=site).update(waiver_limit=5000)
    calendar(TENTH)
    receive(site, owner, 500, fee)
    request_waiver(Charge.objects.get(source_type="late_fee"), staff(), amount=500, reason="x")
    payment = receive(site, owner, None, Charge.objects.get(source_type="fee"))
    assert payment.amount == PRINCIPAL
    assert posted() == [("2026-12-09", 1000)]


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_the_night_at_once_post_it_once(
    site,
    owner,
    fee,
    calendar,
    statutory,
):
    calendar(NEW_YEAR)
    at_once(lambda: receive(site, owner, 40_000, fee), lambda: post_late_fees(site, NEW_YEAR))
    assert sum(amount for _period, amount in posted()) == 3200


def test_late_fees_accrue_as_if_a_returned_cheque_had_not_been_received(
    site, owner, fee, calendar, statutory
):
    calendar(TENTH)
    cheque = take_payment(site, staff(), owner, Received("cheque", None, "cheque 4711"), [fee])
    assert cheque.amount == 101_000
    calendar(date(2026, 12, 20))
    return_cheque(cheque, staff(), reason="no funds", returned_on=date(2026, 12, 18))
    (shown,) = accrued_on([fee])
    assert shown.money.minor == 1000
    assert sum(each.money.minor for each in owed_by(site, owner)) == 101_000
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    assert sum(amount for _period, amount in posted()) == 3200
