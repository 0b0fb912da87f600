"""Payments for a stay, and the delivery of what they cause."""

from datetime import datetime
from functools import partial

from django.db import transaction

from billing.models import Payment, PaymentItem
from billing.selectors import payments_for
from billing.services import begin_checkout, lock_cause, record_cash
from billing.services.recording import record_payment
from core import clock
from core.jobs import run_waiting
from core.models import User
from parking.charges import cause_of, charge_of
from parking.models import Stay


def pay(
    stay: Stay, amount: int, at: datetime | None = None, quoted_at: datetime | None = None
) -> Payment:
    """Record a payment for the stay, and deliver the event that it was paid."""
    at = at or clock.now()
    charge = charge_of(stay)
    with transaction.atomic():
        lock_cause(cause_of(stay))
        payment = Payment.objects.create(
            site=stay.site,
            provider=Payment.Provider.OFFLINE,
            amount=amount,
            currency=stay.currency,
            created_at=at,
        )
        PaymentItem.objects.create(
            payment=payment,
            charge=charge,
            amount=amount,
            offered_at=quoted_at or at,
            expires_at=at,
        )
        record_payment(payment, at)
    run_waiting()
    return payment


def record_cash_payment(stay: Stay, actor: User, amount: int | None = None) -> Payment:
    """Record cash for the stay's charge, as the console does."""
    return record_cash(charge_of(stay), actor, amount)


def begin(stay: Stay, **options: str) -> Payment:
    """Begin a checkout for the stay's charge, as the portal does."""
    given = {"email": "", "language": "en", "return_url": "https://park.example/pay/1/"}
    return begin_checkout(charge_of(stay), **{**given, **options})


def payments_of(stay: Stay) -> list[Payment]:
    """Return all payments for the stay, latest first."""
    return list(payments_for(stay.site, cause_of(stay)))


deliver_events = partial(run_waiting)
