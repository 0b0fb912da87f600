"""Who may approve what a colleague has requested is notified of what it is, and led to it."""

from collections.abc import Callable

import pytest
from django.utils import translation

from billing.models import BillingSettings, Refund, WriteOff
from core.models import Notification, User
from core.notifications import rendering
from core.permissions import StandardRole
from fees.models import Discount, LateFeeWaiver
from incidents.models import FeedEndpoint
from tests.browsers import hire, signed_in, text
from tests.console.test_feeds import entered

pytestmark = pytest.mark.django_db
REASON = "by the contract of 2026"


@pytest.fixture
def approver(here):
    """A second manager, who may approve each of these requests."""
    return hire(here.site, StandardRole.MANAGER)


def request_refund(here, manager) -> str:
    Refund.objects.filter(pk=here.refund.pk).update(state="cancelled")
    url = here.url("refund_payment", here.refund.payment_id)
    values = {"amount": here.refund.amount / 100, "reason": REASON}
    assert manager.post(url, values).status_code == 204
    return here.url("approve_refund", Refund.objects.latest("pk").pk)


def request_write_off(here, manager) -> str:
    manager.post(here.url("cancel_write_off", here.write_off.pk))
    answer = manager.post(here.url("write_off_bill", here.bill.pk), {"reason": REASON})
    assert answer.status_code == 204
    return here.url("approve_write_off", WriteOff.objects.latest("pk").pk)


def request_waiver(here, manager) -> str:
    BillingSettings.objects.filter(site=here.site).update(waiver_limit=0)
    url = here.url("waive_late_fee", here.late_fee.pk)
    assert manager.post(url, {"amount": "2.00", "reason": REASON}).status_code == 204
    return here.url("approve_waiver", LateFeeWaiver.objects.latest("pk").pk)


def request_discount(here, manager) -> str:
    values = {"item": here.fee_price.item.pk, "kind": "vacant", "percent": "30"}
    values |= {"begins_on": "2026-01-01", "ends_on": "2026-12-31", "reason": REASON}
    assert manager.post(here.url("request_discount"), values).status_code == 204
    return here.url("approve_discount", Discount.objects.latest("pk").pk)


def add_feed(here, manager) -> str:
    assert manager.post(here.url("add_feed"), entered(here, legal_basis=REASON)).status_code == 200
    return here.url("approve_feed", FeedEndpoint.objects.latest("pk").pk)


def change_feed(here, manager) -> str:
    add_feed(here, manager)
    feed = FeedEndpoint.objects.latest("pk")
    Notification.objects.all().delete()
    form = manager.get(here.url("change_feed", feed.pk)).context["form"]
    values = entered(here, url="https://new.example/", legal_basis=REASON)
    values |= {"revision": form.initial["revision"]}
    assert manager.post(here.url("change_feed", feed.pk), values).status_code == 204
    return here.url("approve_feed", feed.pk)


@pytest.mark.parametrize(
    ("request_it", "said"),
    [
        (request_refund, "A refund of"),
        (request_write_off, "A write-off of"),
        (request_waiver, "The waiver of a late fee"),
        (request_discount, "A discount of 30% on"),
        (add_feed, "The feed District police"),
        (change_feed, "A change of the feed District police"),
    ],
)
def test_the_notice_says_what_it_is_and_leads_to_where_it_is_approved(
    here, manager, approver, request_it: Callable[..., str], said: str
):
    before = set(Notification.objects.values_list("pk", flat=True))
    approve = request_it(here, manager)
    (notice,) = Notification.objects.filter(recipient=approver).exclude(pk__in=before)
    assert rendering.title_of(notice).startswith(said)
    assert REASON in rendering.text_of(notice)
    assert approve in text(signed_in(approver).get(notice.path))
    with translation.override("zh-hans"):
        assert "待审批" in rendering.title_of(notice)
    requester = User.objects.get(pk=manager.session["_auth_user_id"])
    assert not Notification.objects.filter(recipient=requester).exclude(pk__in=before).exists()
