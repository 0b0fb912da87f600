"""Record money that was received for a payment: ledger, allocations, receipt, notifications.

It is one transaction, and its locks are taken in one order, so that two of them never deadlock: the
causes of the payment's charges, the payment's row, the cashier's drawer, the audit log, and the
site's receipt counter last. No lane, passage or stay is locked: apps learn of the money afterwards,
by `ChargePaid`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from billing import ledger, ports, topics
from billing.events import ChargePaid
from billing.ledger import Line, Party
from billing.methods import account_of_payment
from billing.models import Account, Charge, Payment, PaymentItem
from billing.postings import earned, party_of
from billing.receipts import save_paid
from billing.services.allocation import CauseAccount
from billing.services.charging import Cause, account_of, any_of, settle_paid
from billing.services.matching import match_refunds
from billing.services.releasing import release
from core import events, live, outbox
from core.jobs import enqueue
from core.money import Money

RECEIPT_MAIL = outbox.declare("receipt.mail")
END_CHECKOUT = outbox.declare("checkout.end")
# The key of the job that sends the outbox: one run sends all that is due.
SEND_OUTBOX = "billing.outbox"
Code = Account.Code


@dataclass(frozen=True, slots=True)
class Claim:
    """What a payment can be applied to: an item with its cause's account and what is due of it."""

    item: PaymentItem
    account: CauseAccount
    due: int


def record_payment(
    payment: Payment,
    at: datetime,
    claims: Sequence[Claim] | None = None,
    *,
    holder: Party | None = None,
    account: str = "",
) -> Payment:
    """Post a payment to the ledger, apply it to its charges, give it a receipt, notify.

    A charge gets what was due of it at that instant; the rest is credit of a known payer, else due
    for refund. Call it once per payment, in a transaction that holds the locks of its causes and
    of its row.

    Args:
        payment: its money was received.
        at: when.
        claims: where the caller has read them under these locks already.
        holder: who holds the money, such as the cashier's drawer, whose row is locked.
        account: where it comes from; by default the account of its method.
    """
    payment.paid_at = at
    claims = _claims(payment, at) if claims is None else claims
    account = account or account_of_payment(payment)
    lines = [Line(account, Money(payment.amount, payment.currency), holder)]
    for claim in claims:
        lines += _apply(payment, claim, at)
    rest = sum(line.money.minor for line in lines)
    lines.append(release(payment, rest, at))
    # No plate and no name: the ledger is kept far longer than personal data may be.
    causes = ", ".join(claim.item.charge.reference for claim in claims)
    memo = f"payment for {causes}" if causes else "payment on account"
    ledger.book(payment.site, payment.reference, memo, lines, at=at)
    if rest:
        match_refunds(payment)
    _notify(payment, claims)
    save_paid(payment)
    return payment


def announce(payment: Payment, source_ids: Iterable[str] | None = None) -> None:
    """Notify the open pages of the payment: the site's staff, and the payer's page of the cause.

    Args:
        source_ids: the causes, where the caller knows them.
    """
    if source_ids is None:
        source_ids = payment.items.values_list("charge__source_id", flat=True)
    for source_id in set(source_ids):
        live.announce_public(topics.PAYMENT, source_id)
    live.announce(topics.PAYMENT, payment.site_id, payment.pk)


def checkouts_under_way(*causes: Cause) -> QuerySet[Payment]:
    """Return the online payments of the causes that may still be paid: one per cause at most."""
    items = PaymentItem.objects.filter(any_of(causes, "charge__"), is_under_way=True)
    return Payment.objects.filter(pk__in=items.values("payment")).order_by("pk")


def _claims(payment: Payment, at: datetime) -> list[Claim]:
    """Read what the payment's charges owe at that instant."""
    claims = []
    for item in payment.items.select_related("charge").order_by("pk"):
        account = account_of(Cause.of(item.charge), at)
        latest = account.charges[-1]
        due = ports.source_of(latest).price(latest, max(at, item.offered_at or at)).money.minor
        claims.append(Claim(item, account, due))
    return claims


def _apply(payment: Payment, claim: Claim, at: datetime) -> list[Line]:
    """Allocate what was due of one charge; return the ledger lines of that amount."""
    account, due = claim.account, claim.due
    latest = account.charges[-1]
    if latest.state != Charge.State.DRAFT:
        due = min(due, max(0, account.total - account.paid))
    amount = min(claim.item.amount, due)
    events.publish_durable(paid_event(payment, latest, amount, at))
    if not amount:
        return []
    return _allocate(account, latest, payment, amount, due)


def _allocate(
    account: CauseAccount, latest: Charge, payment: Payment, amount: int, due: int
) -> list[Line]:
    """Hold the amount for a draft, or pay the open charges with it; return its ledger lines."""

    def line(code: str, minor: int) -> Line:
        return Line(code, Money(minor, payment.currency), party_of(latest), latest)

    if latest.state == Charge.State.DRAFT:
        latest.amount = account.paid_for(latest) + due
        latest.save(update_fields=["amount"])
        account.hold(latest, payment, amount)
        return [line(Code.CREDIT, -amount)]
    account.allocate(payment, amount)
    settle_paid(account)
    receivable = ledger.balances_of_charges(each.pk for each in account.charges)[Code.RECEIVABLE]
    # Version 0.1 posted no receivables: what was left unpaid then becomes income when it is paid.
    receivable = min(amount, receivable)
    return [line(Code.RECEIVABLE, -receivable), *earned(latest, amount - receivable)]


def paid_event(payment: Payment, charge: Charge, amount: int, at: datetime) -> ChargePaid:
    """Return the event of money of a payment that counts towards a charge."""
    return ChargePaid(
        site_id=payment.site_id,
        charge_id=charge.pk,
        source_type=charge.source_type,
        source_id=charge.source_id,
        payment=payment.public_id,
        amount=amount,
        currency=payment.currency,
        paid_at=at,
    )


def _notify(payment: Payment, claims: Sequence[Claim]) -> None:
    announce(payment, [claim.item.charge.source_id for claim in claims])
    paid = {"payment": payment.public_id}
    others = {each for claim in claims for each in claim.account.under_way if each != payment}
    if payment.email:
        queue_message(RECEIPT_MAIL, f"receipt:{payment.public_id}", paid, payment)
    # Another checkout that is still open asks for money that is no longer due.
    for other in others:
        message = {"payment": other.public_id}
        queue_message(END_CHECKOUT, f"end:{other.public_id}", message, other)


def queue_message(topic: str, key: str, message: dict[str, str], payment: Payment) -> None:
    """Add an outbox message about a payment, to be sent soon; those of one payment stay in order.

    Args:
        topic, key, message: as `core.outbox.put` takes them.
    """
    outbox.put(topic, key, message, receiver=f"payment:{payment.public_id}")
    enqueue("billing.jobs.send_outbox", key=SEND_OUTBOX)
