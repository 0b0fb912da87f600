"""The second person: which amounts need one, and who it can't be."""

from datetime import timedelta

import pytest

from billing.models import BillingSettings, Refund, WriteOff
from billing.services import approve_refund, request_credit_refund, write_off_bill
from billing.services.second_person import (
    exceeds_refund_limit,
    exceeds_waiver_limit,
    require_second_person,
)
from core import clock
from core.errors import Rejection
from core.money import Money
from tests.billing.club_fees import PAYER, bill_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


def test_a_limit_is_the_most_that_one_person_may_decide():
    site = SiteFactory()
    BillingSettings.objects.create(site=site, refund_limit=500, waiver_limit=0)
    assert [exceeds_refund_limit(site, Money(each, "CNY")) for each in (500, 501)] == [False, True]
    assert [exceeds_waiver_limit(site, Money(each, "CNY")) for each in (0, 1)] == [False, True]


def test_an_amount_in_another_currency_always_needs_a_second_person():
    site = SiteFactory()
    BillingSettings.objects.create(site=site, refund_limit=500, waiver_limit=500)
    assert exceeds_refund_limit(site, Money(1, "JPY"))
    assert exceeds_waiver_limit(site, Money(1, "JPY"))


def test_who_asked_does_not_decide():
    asker, other = UserFactory(), UserFactory()
    with pytest.raises(Rejection, match="requested this yourself") as rejected:
        require_second_person("refund", asker.pk, asker)
    assert (rejected.value.field, rejected.value.code) == ("refund", "second_person")
    require_second_person("refund", asker.pk, other)
    require_second_person("refund", None, other)


def credit_refunds(payments, amount):
    """Request a payer's credit back of several payments; return who asked, and the refunds."""
    site, asker = SiteFactory(), UserFactory()
    BillingSettings.objects.create(site=site, refund_limit=500)
    for paid in payments:
        pay(site, paid)
    return asker, request_credit_refund(site, PAYER, asker, amount=amount, reason="moved out")


def test_credit_that_several_payments_brought_counts_together():
    asker, refunds = credit_refunds([300, 300], 600)
    assert [each.amount for each in refunds] == [300, 300]
    approve_refund(refunds[0], UserFactory())
    assert rejected(approve_refund, refunds[1], asker) == ("refund", "second_person")


def test_a_refund_of_another_day_does_not_count():
    asker, (old, new) = credit_refunds([300, 300], 600)
    Refund.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(days=2))
    new.refresh_from_db()
    assert approve_refund(new, asker).state == "succeeded"


def test_the_refund_of_another_payer_does_not_count():
    asker, (refund,) = credit_refunds([300], 300)
    site = refund.payment.site
    pay(site, 300, payer=("person", "77"))
    request_credit_refund(site, ("person", "77"), asker, amount=300, reason="moved out")
    assert approve_refund(refund, asker).state == "succeeded"


def test_small_write_offs_of_a_payer_count_together_for_a_day():
    register()
    site, actor = SiteFactory(), UserFactory()
    BillingSettings.objects.create(site=site, waiver_limit=500)

    def state(name, payer=PAYER):
        bill = bill_of(site, club_charge(name, 300), payer=payer)
        return write_off_bill(bill, actor, reason="moved abroad").state

    assert state("a") == "done"
    assert state("b") == "requested"
    assert state("c", payer=("person", "77")) == "done"
    WriteOff.objects.update(requested_at=clock.now() - timedelta(days=2))
    assert state("d") == "done"
