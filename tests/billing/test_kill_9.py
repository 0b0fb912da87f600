"""A process that is killed after the provider acted, before anything of it is committed here."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection

from billing import jobs, ports
from billing.models import AutoPay, Charge, Payment, Refund, SavedMethod
from billing.services import (
    approve_refund,
    begin_checkout,
    open_charge,
    record_cash,
    request_refund,
)
from billing.services.charging import Cause, draft_charge
from core import clock, outbox
from core.models import Site
from tests.billing.books import standing
from tests.billing.fines import Fines
from tests.config.running import eventually
from tests.factories import SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver

pytestmark = pytest.mark.django_db(transaction=True)
PAYER = ("person", "7")
PREPARE = """
import django; django.setup()
from datetime import date
from billing import ports
from billing.models import Charge
from billing.services import begin_checkout
from billing.services.autopay import collect_due
from core import outbox
from core.models import Site
from tests.billing.fines import Fines
fines = Fines(); fines.prices["a"] = 1000
ports.register_source(fines)
charge = Charge.objects.get()
"""
BEGIN = 'begin_checkout(charge, email="", language="en", return_url="https://park.example/")'
COLLECT = "collect_due(charge.site, date(2100, 1, 1))"
SEND = "outbox.send_due()"


@pytest.fixture
def site(transactional_db: None) -> Site:
    fines = Fines()
    ports.register_source(fines)
    fines.prices["a"] = 1000
    site = SiteFactory()
    draft = draft_charge(site, Cause("fine", "a"), site.currency, payer=PAYER)
    open_charge(draft, 1000, lines=[], due_at=clock.now())
    return site


def agree(site: Site, stripe: FakeStripe) -> None:
    """Turn auto-pay on, and notify the payer of the charge."""
    customer = stripe.saved.create_customer({})
    stripe.saved.methods["pm_1"] = {"id": "pm_1", "customer": customer["id"]}
    payer = {"payer_type": PAYER[0], "payer_id": PAYER[1]}
    kept = {"customer": customer["id"], "reference": "pm_1", "title": "visa 4242"}
    now = clock.now()
    method = SavedMethod.objects.create(site=site, provider="stripe", saved_at=now, **payer, **kept)
    autopay = AutoPay.objects.create(
        site=site,
        provider="stripe",
        method=method,
        state="active",
        limit=5000,
        currency=site.currency,
        notice_days=3,
        email="li@example.com",
        language="en",
        consented_by=UserFactory(),
        consented_at=now,
        return_url="https://park.example/",
        **payer,
    )
    autopay.collections.create(
        charge=Charge.objects.get(), amount=1000, notified_at=now, due_on=now.date()
    )


def approve_refund_of_second_payment(stripe: FakeStripe, deliver: Deliver) -> Refund:
    """Approve the refund of a payment by card, whose charge had been paid in cash meanwhile."""
    charge = Charge.objects.get()
    where = {"email": "", "language": "en", "return_url": "https://park.example/"}
    payment = begin_checkout(charge, **where)
    record_cash(charge, UserFactory())
    deliver(stripe.pay())
    payment.refresh_from_db()
    refund = request_refund(payment, UserFactory(), amount=1000, reason="paid twice")
    return approve_refund(refund, UserFactory())


def killed(stripe: FakeStripe, code: str, acted: Callable[[], object]) -> None:
    """Run code in a process of its own, and kill it once the provider has acted."""
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url.geturl(),
        "STRIPE_API_KEY": "sk_test_x",
        "STRIPE_WEBHOOK_SECRET": stripe.secret,
        "STRIPE_API_BASE": stripe.url,
    }
    with stripe.answering_late():
        process = subprocess.Popen([sys.executable, "-c", PREPARE + code], env=environment)
        try:
            assert eventually(lambda: bool(acted()) or process.poll() is not None, seconds=60)
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_checkout_whose_process_was_killed_is_found_again(
    site: Site, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(stripe, BEGIN, lambda: stripe.books.sessions)
    assert Payment.objects.get().state == "created"
    stripe.pay()
    later(monkeypatch)
    # Stripe repeats its first answer to the repeated call: the checkout was open then.
    assert [jobs.reconcile(), jobs.reconcile()] == [1, 1]
    assert Payment.objects.get().state == "paid"
    assert len(stripe.books.sessions) == 1
    assert standing(site) == {"stripe": 1000, "fines": -1000}


def test_a_collection_whose_process_was_killed_charges_once(
    site: Site, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(site, stripe)
    killed(stripe, COLLECT, lambda: stripe.saved.intents)
    assert Payment.objects.get().state == "created"
    later(monkeypatch)
    assert jobs.reconcile() == 1
    assert Payment.objects.get().state == "paid"
    assert len(stripe.saved.intents) == 1
    assert standing(site) == {"stripe": 1000, "fines": -1000}


def test_a_refund_whose_process_was_killed_is_sent_again_with_the_same_key(
    site: Site, stripe: FakeStripe, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = approve_refund_of_second_payment(stripe, deliver)
    killed(stripe, SEND, lambda: stripe.refund_books.refunds)
    refund.refresh_from_db()
    assert refund.state == "created"
    assert outbox.send_due() == 0  # the lease of the killed process has not run out
    later(monkeypatch)
    assert outbox.send_due() == 1
    refund.refresh_from_db()
    assert refund.state == "pending"
    assert stripe.calls["refund"] == 2
    assert stripe.refund_keys == {f"gatehouse-refund-{refund.public_id}"}
    assert len(stripe.refund_books.refunds) == 1
    deliver(stripe.refund_moves("succeeded"))
    assert standing(site) == {"cash": 1000, "fines": -1000}
