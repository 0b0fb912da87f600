"""A resident opens the link of a bill on a phone and pays it, by keyboard, in both languages."""

import copy

import pytest
from playwright.sync_api import Page, expect

from billing import ports
from billing.bill_links import bill_link
from billing.outstanding import amount_due
from core.models import Site
from integrations.stripe.adapter import StripeProvider
from tests.fake_stripe import FakeStripe
from tests.portal.world import bill_owner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}
ENGLISH = (
    "en-GB",
    "Pay CN¥386.32",  # one yuan of it was credited
    "Go to payment",
    "Paid. Thank you.",
    "Show the receipt",
    "Receipt",
)
CHINESE = ("zh-CN", "支付 ¥387.32", "去支付", "支付成功，谢谢。", "查看收据", "收据")
_MOST_STOPS = 60


@pytest.fixture
def provider(server, settings, monkeypatch):
    """A stand-in for Stripe, from whose page the browser comes back here."""
    settings.PUBLIC_URL = server.url
    with FakeStripe() as fake:
        policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"] += [fake.url]
        settings.CONTENT_SECURITY_POLICY = policy
        monkeypatch.setitem(ports.PROVIDERS, "stripe", StripeProvider("sk_test_x", fake.url))
        yield fake


def test_a_bill_is_paid_from_its_link_to_the_receipt(server, chromium, here, provider):
    Site.objects.filter(pk=here.site.pk).update(phone="021 5555 0100", wallets="WeChat Pay")
    for bill, words in ((here.own_bill, ENGLISH), (bill_owner(here), CHINESE)):
        locale, pay, go, thanks, show, receipt = words
        page = server.page(chromium, locale=locale, **PHONE)
        page.goto(bill_link(bill))
        enter(page, pay)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        enter(page, go)
        expect(page).to_have_title("Fake Stripe")
        page.get_by_role("button", name="Pay", exact=True).press("Enter")
        expect(page.get_by_role("heading", name=thanks)).to_be_visible()
        enter(page, show)
        expect(page.get_by_role("heading", name=receipt, exact=True)).to_be_visible()
        assert not amount_due(bill)
        page.context.close()


def enter(page: Page, name: str) -> None:
    """Move the focus to a link or button by the Tab key, and press Enter; no page is too wide."""
    expect(page.get_by_text(name).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    for _stop in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if name in " ".join(page.evaluate("document.activeElement.innerText || ''").split()):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} can't be reached by keyboard")
