"""Each organisation's own account at Stripe: money, events and keys stay apart."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from billing import ports
from billing.models import LedgerEntry, Payment, ProviderAccount, ProviderEvent
from billing.services import approve_refund, request_refund
from core import clock, installation
from core.errors import Rejection
from core.jobs import run_waiting
from core.models import AuditEntry, Organisation
from core.permissions import StandardRole
from integrations.stripe import account
from parking.models import Stay
from tests.browsers import hire
from tests.factories import LotFactory, SiteFactory, StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import post
from tests.paying import begin, pay

pytestmark = pytest.mark.django_db
SECRET = "whsec_own"


@pytest.fixture
def stripe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    monkeypatch.setattr(ports, "PROVIDERS", {})
    settings.STRIPE_API_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    with FakeStripe() as stripe:
        settings.STRIPE_API_BASE = stripe.url
        yield stripe


def enter(organisation: Organisation | None, key: str, secret: str = SECRET) -> ProviderAccount:
    """Enter an account of its own for an organisation, or that of the installation."""
    admin = UserFactory(is_superuser=True)
    account.change_account(admin, organisation, api_key=key, webhook_secret=secret)
    return account.account_in_use(organisation)


@pytest.fixture
def own(stripe: FakeStripe) -> ProviderAccount:
    """An account of an organisation beside that of the installation."""
    stripe.account = "acct_installation"
    enter(None, "sk_test_installation", stripe.secret)
    stripe.account = "acct_own"
    return enter(SiteFactory().organisation, "sk_test_own")


def parked(organisation: Organisation | None) -> Stay:
    """A stay that owes money, at a site of that organisation or of another."""
    site = SiteFactory(organisation=organisation) if organisation else SiteFactory()
    return StayFactory(lot=LotFactory(site=site), entered_at=clock.now() - timedelta(minutes=90))


def state(payment: Payment) -> str:
    payment.refresh_from_db()
    return payment.state


def test_its_sites_collect_with_it_and_others_with_that_of_the_installation(
    own: ProviderAccount, stripe: FakeStripe
) -> None:
    for organisation, collects in ((own.organisation, "acct_own"), (None, "acct_installation")):
        payment = begin(parked(organisation))
        assert stripe.books.owners[payment.provider_ref] == collects
        assert payment.account.reference == collects


def test_its_events_arrive_at_its_own_address(own: ProviderAccount, stripe: FakeStripe) -> None:
    payment = begin(parked(own.organisation))
    event = stripe.pay()
    assert post(*stripe.signed(event), own.public_id) == 400
    assert post(*stripe.signed(event, secret=SECRET)) == 400
    assert post(*stripe.signed(event, secret=SECRET), "unknown") == 404
    assert post(*stripe.signed(event, secret=SECRET), own.public_id) == 200
    assert state(payment) == "paid"


@pytest.mark.parametrize("kind", ["checkout", "refund", "dispute"])
def test_it_is_not_believed_about_a_payment_of_another_account(
    own: ProviderAccount, stripe: FakeStripe, kind: str
) -> None:
    payment = begin(parked(None))
    event = stripe.pay()
    if kind != "checkout":
        assert post(*stripe.signed(event)) == 200
        event = stripe.refund(100) if kind == "refund" else stripe.dispute()
        event["data"]["object"]["metadata"] = {"payment": payment.public_id}
    before, entries = state(payment), LedgerEntry.objects.count()
    post(*stripe.signed(event, secret=SECRET), own.public_id)
    assert (state(payment), LedgerEntry.objects.count()) == (before, entries)


def test_an_event_that_one_account_forged_does_not_hide_the_real_one(
    own: ProviderAccount, stripe: FakeStripe
) -> None:
    payment = begin(parked(None))
    event = stripe.pay()
    post(*stripe.signed(event, secret=SECRET), own.public_id)
    assert post(*stripe.signed(event)) == 200
    assert state(payment) == "paid"
    assert ProviderEvent.objects.filter(event_id=event["id"]).count() == 2


def test_its_payment_is_refunded_with_it_after_the_keys_have_changed(
    own: ProviderAccount, stripe: FakeStripe
) -> None:
    stay = parked(own.organisation)
    payment = begin(stay)
    event = stripe.pay()
    pay(stay, 1000)
    post(*stripe.signed(event, secret=SECRET), own.public_id)
    stripe.account = "acct_newer"
    enter(own.organisation, "sk_test_newer")
    manager, paid = UserFactory(), Payment.objects.get(pk=payment.pk)
    refund = request_refund(paid, manager, amount=1000, reason="paid twice")
    approve_refund(refund, UserFactory())
    run_waiting()
    refund.refresh_from_db()
    assert refund.state == "pending"
    own.refresh_from_db()
    assert own.retired_at is not None


def test_without_an_account_of_its_own_that_of_the_environment_collects(
    own: ProviderAccount, stripe: FakeStripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STRIPE_API_KEY = "sk_test_environment"
    provider = account._provider("sk_test_environment", stripe.url)
    monkeypatch.setitem(ports.PROVIDERS, "stripe", provider)
    assert begin(parked(None)).account is None
    assert begin(parked(own.organisation)).account == own


def test_who_manages_only_one_of_its_sites_may_not_change_it(stripe: FakeStripe) -> None:
    site = SiteFactory()
    manager = hire(site, StandardRole.MANAGER)
    SiteFactory(organisation=site.organisation)
    with pytest.raises(Rejection, match="other sites"):
        account.change_account(
            manager, site.organisation, api_key="sk_test_own", webhook_secret=SECRET
        )


def test_the_manager_of_its_only_site_may(stripe: FakeStripe) -> None:
    site = SiteFactory()
    account.change_account(
        hire(site, StandardRole.MANAGER),
        site.organisation,
        api_key="sk_test_own",
        webhook_secret=SECRET,
    )
    name = account.settings_name(site.organisation)
    assert installation.load(name).secrets["api_key"] == "sk_test_own"
    assert AuditEntry.objects.get(action="change stripe settings").subject_id == name
