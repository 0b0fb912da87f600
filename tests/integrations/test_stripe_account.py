"""The account at Stripe that an administrator enters: tried, stored, used without a restart."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from billing import jobs, ports
from billing.models import Payment
from billing.provider_accounts import provider_of
from billing.selectors import online_payment_available
from billing.services import refresh_payment
from core import clock, installation
from core.errors import Rejection
from core.models import AuditEntry, InstallationSetting
from integrations.stripe import account
from integrations.stripe.jobs import check_account
from tests.factories import SiteFactory, StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import post
from tests.paying import begin

pytestmark = pytest.mark.django_db
KEY, SECRET = "sk_test_abc", "whsec_tests"


@pytest.fixture
def stripe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    """A Stripe that the environment does not name an account of."""
    monkeypatch.setattr(ports, "PROVIDERS", {})
    settings.STRIPE_API_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    with FakeStripe(secret=SECRET) as stripe:
        settings.STRIPE_API_BASE = stripe.url
        yield stripe


def enter(key: str = KEY, secret: str = SECRET, **values: Any) -> account.Account:
    admin = UserFactory(is_superuser=True)
    return account.change_account(admin, api_key=key, webhook_secret=secret, **values)


def rejected(key: str = KEY, secret: str = SECRET, **values: Any) -> Rejection:
    with pytest.raises(Rejection) as caught:
        enter(key, secret, **values)
    return caught.value


def test_an_entered_account_offers_online_payment_at_once(stripe):
    assert not online_payment_available(SiteFactory())
    assert enter().title == "Harbour Park Parking"
    assert online_payment_available(SiteFactory())


def test_a_payment_is_collected_and_its_event_accepted_with_the_entered_account(stripe):
    enter()
    begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    assert post(*stripe.signed(stripe.pay())) == 200
    assert Payment.objects.get().state == "paid"


def test_an_event_signed_with_another_secret_is_refused(stripe):
    enter(secret="whsec_other")
    begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    assert post(*stripe.signed(stripe.pay())) == 400


def test_a_checkout_of_the_entered_account_is_reconciled(stripe, monkeypatch):
    enter()
    begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    stripe.pay()
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert jobs.reconcile() == 1
    assert Payment.objects.get().state == "paid"


def test_the_keys_are_stored_encrypted_and_never_audited(stripe):
    enter()
    row = InstallationSetting.objects.get(name="stripe")
    entry = AuditEntry.objects.get(action="change stripe settings")
    assert KEY not in f"{row.sealed} {row.values} {entry.detail}"
    assert entry.detail["secrets"] == ["api_key", "webhook_secret"]
    assert entry.detail["mode"] == [None, "test"]


def test_a_key_that_stripe_does_not_know_is_not_stored(stripe):
    stripe.unknown_keys.add(KEY)
    rejection = rejected()
    assert (rejection.field, rejection.code) == ("api_key", "refused")
    assert "Invalid API Key" in rejection.message
    assert not online_payment_available(SiteFactory())


def test_a_restricted_key_that_may_not_read_the_account_is_accepted(stripe):
    assert enter("rk_live_abc").title == ""
    assert not account.is_test_key(account.api_key())


def test_without_an_answer_the_key_is_not_stored(stripe):
    stripe.lost_requests = 1
    assert rejected().code == "no_answer"


@pytest.mark.parametrize("key", ["", "pk_live_abc", "sk_live_ab c", "sk_test_äb"])
def test_what_is_no_secret_key_is_rejected(stripe, key):
    assert rejected(key).code == "invalid_key"


def test_what_is_no_signing_secret_is_rejected(stripe):
    assert rejected(secret="sk_test_abc").code == "invalid_secret"


def test_empty_fields_keep_what_is_stored(stripe):
    enter()
    enter("", "whsec_other")
    assert (account.api_key(), account.webhook_secret()) == (KEY, "whsec_other")
    enter("sk_test_new", "")
    assert (account.api_key(), account.webhook_secret()) == ("sk_test_new", "whsec_other")


def test_another_key_of_the_account_may_be_entered_while_payments_are_under_way(stripe):
    enter()
    begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    enter("sk_test_new")
    assert account.api_key() == "sk_test_new"


def test_payments_under_way_stay_with_their_account_when_it_is_changed(stripe):
    enter()
    payment = begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    stripe.account = "acct_other"
    enter("sk_test_new", "whsec_new")
    assert installation.load("stripe").values["account"] == "acct_other"
    event = stripe.pay()
    assert refresh_payment(payment).state == "paid"
    # Its webhook is signed with the secret of the account that it was begun with.
    assert post(*stripe.signed(event)) == 200
    later = begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    assert later.account != payment.account
    assert post(*stripe.signed(stripe.pay(), secret="whsec_new")) == 200
    later.refresh_from_db()
    assert later.state == "paid"


def test_the_secret_of_another_account_is_not_taken_over(stripe):
    enter()
    stripe.account = "acct_other"
    enter("sk_test_new", "")
    assert account.webhook_secret() == ""


def test_a_removed_account_still_refunds_what_was_paid_with_it(stripe):
    enter()
    payment = begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    post(*stripe.signed(stripe.pay()))
    account.remove_account(UserFactory())
    assert not online_payment_available(SiteFactory())
    payment.refresh_from_db()
    assert provider_of(payment).look_up(payment.provider_ref).status == "paid"


def test_payments_from_before_accounts_had_rows_are_of_the_entered_one(stripe):
    enter()
    payment = begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    Payment.objects.update(account=None)
    payment.refresh_from_db()
    stripe.account = "acct_other"
    enter("sk_test_new")
    stripe.pay()
    assert refresh_payment(payment).state == "paid"


def test_an_account_is_removed_once_no_payment_is_under_way(stripe):
    enter()
    begin(StayFactory(entered_at=clock.now() - timedelta(minutes=90)))
    with pytest.raises(Rejection, match="under way"):
        account.remove_account(UserFactory())
    stripe.pay()
    Payment.objects.update(state="failed")
    account.remove_account(UserFactory())
    assert not online_payment_available(SiteFactory())


def test_an_account_that_stops_working_is_remembered_each_hour(stripe):
    enter()
    stripe.unknown_keys.add(KEY)
    check_account()
    assert "Invalid API Key" in installation.load("stripe").problem
    stripe.unknown_keys.clear()
    check_account()
    assert installation.load("stripe").problem == ""


def test_without_an_account_there_is_no_check(stripe):
    check_account()
    assert not InstallationSetting.objects.exists()
    with pytest.raises(Rejection, match="no account"):
        account.try_account()


def test_the_environment_overrides_the_entered_account(stripe, settings):
    enter()
    settings.STRIPE_API_KEY = "sk_test_environment"
    assert account.api_key() == "sk_test_environment"
    assert account.webhook_secret() == ""
    assert rejected().code == "set_by_environment"
