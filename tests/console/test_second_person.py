"""What waits for a second person: who requested it reads what to do, who may approve it sees it."""

import pytest

from billing.models import BillingSettings, Refund, WriteOff
from core.permissions import StandardRole
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db
WAITS = "waits for another person"
ALONE = "If you work alone"


@pytest.fixture
def own_refund(here, manager):
    """A refund of another payment, which the manager has requested."""
    refund = here.refund
    Refund.objects.filter(pk=refund.pk).update(state="cancelled")
    url = here.url("refund_payment", refund.payment_id)
    amount = refund.amount / 100
    assert manager.post(url, {"amount": amount, "reason": "paid twice"}).status_code == 204
    return Refund.objects.get(state="requested", payment=refund.payment)


def test_an_own_refund_leads_to_a_colleague_or_to_the_limit(here, manager, own_refund):
    shown = text(manager.get(here.url("finance_payment", own_refund.payment_id)))
    assert WAITS in shown
    assert ALONE in shown
    assert here.url("approve_refund", own_refund.pk) not in shown


def test_a_colleague_without_the_settings_approves_it_on_its_page(here, finance, own_refund):
    shown = text(finance.get(here.url("finance_payment", own_refund.payment_id)))
    assert WAITS not in shown
    assert here.url("approve_refund", own_refund.pk) in shown


def test_an_own_refund_within_the_limit_is_approved_by_its_requester(here, manager, own_refund):
    BillingSettings.objects.update_or_create(
        site=here.site, defaults={"refund_limit": own_refund.amount}
    )
    shown = text(manager.get(here.url("finance_payment", own_refund.payment_id)))
    assert WAITS not in shown
    assert here.url("approve_refund", own_refund.pk) in shown


def test_own_write_offs_say_what_they_wait_for(here, finance):
    finance.post(here.url("cancel_write_off", here.write_off.pk))
    assert WAITS not in text(finance.get(here.url("write_offs")))
    finance.post(here.url("write_off_bill", here.bill.pk), {"reason": "bankrupt"})
    assert WriteOff.objects.filter(state="requested").exists()
    for page in (here.url("write_offs"), here.url("bill", here.bill.pk)):
        shown = text(finance.get(page))
        assert WAITS in shown
        assert ALONE not in shown  # the accountant may not change the settings
    other = signed_in(hire(here.site, StandardRole.FINANCE))
    assert WAITS not in text(other.get(here.url("write_offs")))


def test_what_waits_is_counted_on_the_overview_for_who_may_approve_it(here, manager, technician):
    here.void, here.waiver, here.write_off, here.refund  # noqa: B018 - they wait
    shown = text(manager.get(here.url("figure"), {"name": "money"}))
    for name, page in {
        "Refunds to approve": f"{here.url('refunds')}?state=requested",
        "Write-offs to approve": f"{here.url('write_offs')}?state=requested",
        "Voids to approve": here.url("cashier"),
        "Waivers to approve": here.url("late_fees"),
    }.items():
        assert f'<a href="{page}">' in shown
        assert f"{name}</a>" in shown
    assert technician.get(here.url("figure"), {"name": "money"}).status_code == 404


def test_the_settings_explain_a_limit_of_nothing(here, manager):
    shown = text(manager.get(here.url("billing_settings")))
    assert "none: always a second person" in shown
    assert "Where one person works alone" in shown
    BillingSettings.objects.create(site=here.site, refund_limit=100, waiver_limit=100)
    shown = text(manager.get(here.url("billing_settings")))
    assert "Where one person works alone" not in shown
    assert "0 means always a second person" in text(
        manager.get(here.url("change_billing_settings"))
    )
