"""What happens when money was taken for a payment, in one transaction: booked, told, receipted.

Locks are taken in one order, so that two takings never wait for each other: the stay's payments,
the payment's row, the stay, the audit chain, and the site's receipt counter last.
"""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from billing import ledger
from billing.models import Account, Payment
from billing.receipts import next_number
from core import live, outbox
from core.jobs import enqueue
from core.money import Money
from parking import selectors as parking_selectors
from parking import services as parking_services

RECEIPT_MAIL = "receipt.mail"
END_CHECKOUT = "checkout.end"
# The first key of the advisory locks that let one payment of a stay be reckoned at a time.
_LOCK_SPACE = 0x62_69_6C_6C
HELD_ON: dict[str, str] = {
    Payment.Provider.STRIPE: Account.Code.STRIPE,
    Payment.Provider.OFFLINE: Account.Code.CASH,
}


def lock_payments(stay_id: int) -> None:
    """Let no other payment of the stay be begun or taken before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, stay_id & 0x7FFF_FFFF])


def take(payment: Payment, at: datetime) -> Payment:
    """Book the payment as taken at that instant and tell everybody whom it concerns.

    The stay is credited with what was due then; the rest is owed back. Call it once for a payment,
    in a transaction that holds the lock of the stay's payments.
    """
    due = parking_selectors.due_now(payment.stay, _due_at(payment, at)).due
    applied = min(payment.amount, due)
    _book(payment, applied, at)
    if applied:
        parking_services.record_payment(
            payment.stay, payment.reference, applied, at, quoted_at=_quoted_at(payment, at)
        )
    _tell(payment)
    payment.state = Payment.State.PAID
    payment.paid_at = at
    payment.failure = ""
    payment.receipt_no = next_number(payment.site)
    payment.save()
    return payment


def announce(payment: Payment) -> None:
    """Tell the open pages, the payer's among them, that something about the payment changed."""
    live.announce(
        payment.site_id,
        "payment",
        id=payment.pk,
        stay=payment.stay_id,
        stay_public=payment.stay.public_id,
    )


def _due_at(payment: Payment, at: datetime) -> datetime:
    """Return when to reckon what was due; never before the offer, whatever the provider's clock."""
    return max(at, payment.quote.at) if payment.quote is not None else at


def _quoted_at(payment: Payment, at: datetime) -> datetime:
    """Return when the amount was reckoned; an offer that had run out counts from the payment."""
    quote = payment.quote
    return quote.at if quote is not None and at <= quote.expires_at else at


def _book(payment: Payment, applied: int, at: datetime) -> None:
    def money(amount: int) -> Money:
        return Money(amount, payment.currency)

    ledger.book(
        payment.site,
        payment.reference,
        # No plate: the books are kept far longer than anybody's movements may be.
        f"parking, stay {payment.stay_id}",
        [
            ledger.Line(HELD_ON[payment.provider], money(payment.amount)),
            ledger.Line(Account.Code.PARKING, money(-applied)),
            ledger.Line(Account.Code.REFUNDS_DUE, money(applied - payment.amount)),
        ],
        at=at,
    )


def _tell(payment: Payment) -> None:
    announce(payment)
    if payment.email:
        outbox.put(RECEIPT_MAIL, f"receipt:{payment.public_id}", {"payment": payment.public_id})
    # A checkout still open asks for money that is no longer due, or no longer so much.
    for other in online_under_way(payment.stay_id).exclude(pk=payment.pk):
        outbox.put(END_CHECKOUT, f"end:{other.public_id}", {"payment": other.public_id})
    enqueue("billing.jobs.send_outbox")


def online_under_way(stay_id: int) -> QuerySet[Payment]:
    """Return the stay's checkout that may still be paid: there is one at most."""
    return Payment.objects.filter(
        stay=stay_id, provider=Payment.Provider.STRIPE, state__in=Payment.UNDER_WAY
    )
