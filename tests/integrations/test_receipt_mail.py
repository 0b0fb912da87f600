"""The mail of a receipt: recipient, content, language, and no duplicates."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from billing.models import Payment
from core import clock, outbox
from core.models import OutboxMessage
from integrations.notify.mail import send_receipt
from parking.models import Stay
from tests.factories import LotFactory, SiteFactory, StayFactory, UserFactory
from tests.paying import record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    """A payment of ten yuan, to be receipted by mail."""
    site = SiteFactory(slug="riverside", name="Riverside & Sons")
    stay = StayFactory(
        lot=LotFactory(site=site, name="North"),
        plate="沪A12345",
        entered_at=clock.now() - timedelta(minutes=90),
    )
    payment = record_cash_payment(stay, UserFactory())
    payment.email, payment.language = "driver@example.com", "en"
    payment.save()
    return payment


def test_the_mail_states_the_amount_the_place_and_the_time(payment: Payment) -> None:
    Stay.objects.update(entered_at=datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
    send_receipt("receipt:1", {"payment": payment.public_id})
    (sent,) = mail.outbox
    assert sent.to == ["driver@example.com"]
    assert sent.subject == "Receipt riverside-000001 from Riverside & Sons"
    for words in ("Riverside & Sons", "North", "沪A12345", "¥10.00", "2026-03-02 00:30"):
        assert words in sent.body
    assert "To be refunded" not in sent.body


def test_a_repeated_mail_has_the_same_message_id(payment: Payment) -> None:
    for _ in range(2):
        send_receipt(f"receipt:{payment.public_id}", {"payment": payment.public_id})
    first, second = (sent.extra_headers["Message-ID"] for sent in mail.outbox)
    assert first == second


def test_no_mail_is_sent_before_the_payment(payment: Payment) -> None:
    Payment.objects.update(state="pending", paid_at=None, receipt_no=None)
    send_receipt("receipt:1", {"payment": payment.public_id})
    assert not mail.outbox


def test_an_unreachable_mail_server_is_retried_later(payment: Payment, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    outbox.put("receipt.mail", "receipt:1", {"payment": payment.public_id})
    outbox.send_due()
    message = OutboxMessage.objects.get()
    assert message.sent_at is None
    assert "refused" in message.last_error
    assert message.next_attempt_at > clock.now()
