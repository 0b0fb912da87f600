"""Auto-pay: consent, a notice before, bounded tries, and off at once."""

from datetime import date, timedelta

import pytest
from django.core import mail

from billing import holdings, jobs, ports
from billing.models import AutoPay, BillingSettings, Charge, Collection, Payment
from billing.selectors import Cause
from billing.services import approve_refund, begin_checkout, open_charge, record_cash
from billing.services.autopay import (
    MOST_TRIES,
    collect_due,
    notify_due,
    refresh_autopay,
    stop_autopay,
)
from billing.services.charging import draft_charge
from billing.services.credit import request_credit_refund
from core import clock
from core.errors import Rejection
from core.jobs import run_waiting
from core.models import AuditEntry, OutboxMessage, Site
from people.holdings import identity_of
from tests.billing.books import standing
from tests.billing.consents import PAYER, begin, turn_on
from tests.billing.fines import Fines
from tests.factories import PersonFactory, SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def fines() -> Fines:
    source = Fines()
    ports.register_source(source)
    return source


@pytest.fixture
def site(db: None) -> Site:
    site = SiteFactory(timezone="UTC")
    BillingSettings.objects.create(site=site, refund_limit=10**6)
    return site


@pytest.fixture
def today() -> date:
    return clock.now().date()


def owe(fines: Fines, site: Site, number: str, price: int, days: int = 0) -> Charge:
    """Open a charge of the payer that is due in so many days."""
    fines.prices[number] = price
    draft = draft_charge(site, Cause("fine", number), site.currency, payer=PAYER)
    due = clock.now() + timedelta(days=days)
    return open_charge(draft, price, lines=[{"price": price}], due_at=due)


def run(site: Site, day: date) -> int:
    notify_due(site, day)
    return collect_due(site, day)


def state(charge: Charge) -> str:
    return Collection.objects.get(charge=charge).state


def mails() -> list[str]:
    run_waiting()
    return [each.body for each in mail.outbox if "Auto-pay" in each.subject]


def test_it_is_on_once_the_provider_reports_the_method(
    site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    autopay = begin(site)
    assert autopay.state == "pending"
    event = stripe.save_card()
    assert [deliver(event), deliver(event)] == [200, 200]
    autopay.refresh_from_db()
    assert (autopay.state, autopay.method.title) == ("active", "visa 4242")
    consent = AuditEntry.objects.get(action="agree to autopay")
    assert consent.detail["terms"] == autopay.terms_version


def test_the_payers_return_turns_it_on_where_the_event_is_late(
    site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    autopay = begin(site)
    autopay.refresh_from_db()
    assert refresh_autopay(autopay).state == "pending"
    event = stripe.save_card()
    assert refresh_autopay(autopay).state == "active"
    assert deliver(event) == 200


def test_it_is_on_once_per_payer(site: Site, stripe: FakeStripe, deliver: Deliver) -> None:
    begin(site)
    turn_on(site, stripe, deliver)
    with pytest.raises(Rejection, match="on already"):
        begin(site)
    assert sorted(AutoPay.objects.values_list("state", flat=True)) == ["active", "stopped"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_above_zero(site: Site, stripe: FakeStripe, limit: int) -> None:
    with pytest.raises(Rejection, match="above zero"):
        begin(site, limit)


def test_what_is_due_is_collected_after_a_notice(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge, later = owe(fines, site, "a", 1000, days=3), owe(fines, site, "b", 200, days=20)
    assert run(site, today) == 0
    (text,) = mails()
    assert "Fine a: CN¥10.00" in text
    assert "Fine b" not in text
    assert run(site, today + timedelta(days=2)) == 0
    assert run(site, today + timedelta(days=3)) == 1
    assert state(charge) == "paid"
    charge.refresh_from_db()
    later.refresh_from_db()
    assert (charge.state, later.state) == ("settled", "open")
    payment = Payment.objects.get()
    assert (payment.state, payment.receipt_no, payment.payer_id) == ("paid", 1, "7")
    assert standing(site) == {"stripe": 1000, "receivable": 200, "fines": -1200}


def test_several_charges_are_one_payment_and_one_mail(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    owe(fines, site, "a", 1000)
    owe(fines, site, "b", 200)
    run(site, today)
    run(site, today)
    assert run(site, today + timedelta(days=3)) == 1
    assert Payment.objects.get().amount == 1200
    assert len(mails()) == 1


def test_what_is_overdue_is_not_collected_without_the_notice(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    owe(fines, site, "a", 1000, days=-30)
    assert [run(site, today + timedelta(days=day)) for day in range(4)] == [0, 0, 0, 1]


def test_what_exceeds_the_limit_is_left_to_the_payer(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver, limit=999)
    charge = owe(fines, site, "a", 1000)
    run(site, today)
    assert run(site, today + timedelta(days=9)) == 0
    assert state(charge) == "over_limit"
    assert "above your limit of CN¥9.99" in mails()[0]


def test_no_more_is_collected_than_the_notice_named(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    owe(fines, site, "a", 1000)
    run(site, today)
    fines.prices["a"] = 3000
    run(site, today + timedelta(days=3))
    assert Payment.objects.get().amount == 1000


def test_what_was_paid_meanwhile_is_not_collected(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    run(site, today)
    record_cash(charge, UserFactory())
    assert run(site, today + timedelta(days=3)) == 0
    assert state(charge) == "ended"
    assert stripe.calls["charge saved"] == 0


def test_a_declined_payment_is_tried_a_few_times(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    stripe.saved.outcome = "card_declined"
    begun = [run(site, today + timedelta(days=day)) for day in range(20)]
    assert begun.index(1) == 3
    assert sum(begun) == MOST_TRIES
    assert state(charge) == "declined"
    assert {each.failure_code for each in Payment.objects.all()} == {"card_declined"}
    assert "Nothing more is collected" in mails()[-1]
    assert standing(site) == {"receivable": 1000, "fines": -1000}


def test_a_second_try_may_succeed(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    stripe.saved.outcome = "card_declined"
    for day in range(4):
        run(site, today + timedelta(days=day))
    stripe.saved.outcome = "succeeded"
    run(site, today + timedelta(days=5))
    assert state(charge) == "paid"


def test_what_the_payer_has_to_confirm_is_not_tried_again(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    stripe.saved.outcome = "authentication_required"
    assert sum(run(site, today + timedelta(days=day)) for day in range(20)) == 1
    assert state(charge) == "needs_payer"
    assert "asks you to confirm" in mails()[-1]


def test_a_bank_that_takes_its_time_is_waited_for(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    stripe.saved.outcome = "processing"
    assert sum(run(site, today + timedelta(days=day)) for day in range(9)) == 1
    payment = Payment.objects.get()
    assert (payment.state, state(charge)) == ("processing", "notified")
    stripe.saved.settle(payment.provider_ref)
    assert deliver(stripe.intent_event("payment_intent.succeeded")) == 200
    run(site, today + timedelta(days=9))
    assert state(charge) == "paid"


def test_a_lost_answer_is_repeated_and_charges_once(
    fines: Fines,
    site: Site,
    stripe: FakeStripe,
    deliver: Deliver,
    today: date,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    run(site, today)
    stripe.lost_answers = 1
    assert run(site, today + timedelta(days=3)) == 1
    assert Payment.objects.get().state == "created"
    assert run(site, today + timedelta(days=5)) == 0
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert jobs.reconcile() == 1
    assert Payment.objects.get().state == "paid"
    assert len([each for each in stripe.saved.intents if each.startswith("pi_")]) == 1
    run(site, today + timedelta(days=6))
    assert state(charge) == "paid"


def test_the_event_of_a_collected_payment_changes_nothing(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    owe(fines, site, "a", 1000)
    run(site, today)
    run(site, today + timedelta(days=3))
    before = standing(site)
    assert deliver(stripe.intent_event("payment_intent.succeeded")) == 200
    assert standing(site) == before


def test_the_intent_of_a_checkout_is_not_booked_a_second_time(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    charge = owe(fines, site, "a", 1000)
    begin_checkout(charge, email="", language="en", return_url="https://park.example/")
    deliver(stripe.pay())
    before = standing(site)
    intent = stripe.refund_books.intent(stripe.session["payment_intent"])
    intent |= {"amount": 1000, "currency": "cny", "created": 1}
    event = stripe.books.event("payment_intent.succeeded", intent)
    assert deliver(event) == 200
    assert standing(site) == before


def test_a_collected_payment_is_refunded(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    run(site, today)
    stripe.saved.outcome = "processing"
    run(site, today + timedelta(days=3))
    record_cash(charge, UserFactory())
    payment = Payment.objects.get(provider="stripe")
    stripe.saved.settle(payment.provider_ref)
    deliver(stripe.intent_event("payment_intent.succeeded"))
    assert standing(site)["credit"] == -1000
    (refund,) = request_credit_refund(site, PAYER, UserFactory(), amount=1000, reason="paid twice")
    approve_refund(refund, UserFactory())
    run_waiting()
    refund.refresh_from_db()
    assert refund.state == "pending"


def test_it_is_off_at_once(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    autopay = turn_on(site, stripe, deliver)
    charge = owe(fines, site, "a", 1000)
    run(site, today)
    stop_autopay(autopay, UserFactory(username="li"), reason="by the payer")
    assert run(site, today + timedelta(days=3)) == 0
    assert state(charge) == "ended"
    run_waiting()
    assert {each["customer"] for each in stripe.saved.methods.values()} == {None}
    autopay.refresh_from_db()
    assert (autopay.stopped_by, autopay.method.ended_at is None) == ("li", False)
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_a_method_that_is_detached_at_the_provider_turns_it_off(
    site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    autopay = turn_on(site, stripe, deliver)
    assert deliver(stripe.detach_card()) == 200
    autopay.refresh_from_db()
    assert (autopay.state, autopay.stopped_by) == ("stopped", "stripe")
    run_waiting()


def test_a_card_that_has_expired_turns_it_off(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver, today: date
) -> None:
    autopay = begin(site)
    deliver(stripe.save_card(year=today.year - 1))
    owe(fines, site, "a", 1000)
    assert run(site, today) == 0
    autopay.refresh_from_db()
    assert autopay.state == "stopped"
    assert "has expired" in mails()[-1]


def test_erasing_a_person_turns_it_off_and_forgets_the_method(
    site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    autopay = turn_on(site, stripe, deliver)
    person = PersonFactory(site=site)
    AutoPay.objects.update(payer_id=str(person.pk))
    identity = identity_of(person)
    exported = dict(holdings.export(identity))["auto-pay"]
    assert [row["email"] for row in exported] == ["li@example.com"]
    holdings.erase(identity)
    run_waiting()
    autopay.refresh_from_db()
    assert (autopay.state, autopay.email, autopay.method.title) == ("stopped", "", "–")
    assert {each["customer"] for each in stripe.saved.methods.values()} == {None}
