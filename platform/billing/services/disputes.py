"""Disputes of payments: booked when the provider withdraws the money, reversed when it returns."""

from django.db import transaction

from billing import ledger
from billing.ledger import Line
from billing.methods import HELD_ON
from billing.models import Account, Dispute, Payment, ProviderAccount
from billing.ports import DisputeStatus, ProviderDispute
from billing.provider_accounts import payments_at
from billing.refundable import refunds_due_of
from billing.services.deadlock_retry import retry_deadlock
from billing.services.matching import match_refunds
from billing.services.recording import announce
from billing.services.refunds import cancel_superfluous
from core import audit, clock
from core.money import Money

State = Dispute.State


@retry_deadlock
@transaction.atomic
def settle_dispute(
    provider: str, report: ProviderDispute, account: ProviderAccount | None = None
) -> Dispute | None:
    """Book a dispute that a provider reports, once, and its outcome.

    Its money is in suspense until the dispute is won, or a person has explained the loss. Where a
    lost dispute pays back what was due for refund, that is settled, and refunds that wait for it
    are cancelled.

    Args:
        account: that reported it; it is believed about its own payments only.

    Returns:
        The dispute; None where no payment of ours is disputed, or no money was withdrawn.
    """
    rows = payments_at(provider, account).filter(public_id=report.payment)
    locked = rows.select_for_update(of=("self",), no_key=True)
    payment = locked.select_related("site").first()
    if payment is None or report.status == DisputeStatus.INQUIRY:
        return None
    dispute = _added(payment, report)
    if dispute.state == State.OPEN and report.status != DisputeStatus.OPEN:
        dispute.state = State(report.status)
        dispute.save(update_fields=["state"])
        _record(dispute, "dispute decided")
        if dispute.state == State.WON:
            returned = Money(-dispute.amount, dispute.currency)
            _post(dispute, f"dispute-won:{dispute.provider_ref}", returned)
        match_refunds(payment)
        cancel_superfluous(payment, refunds_due_of(payment))
    announce(payment)
    return dispute


def _added(payment: Payment, report: ProviderDispute) -> Dispute:
    """Return the dispute of the report; add and post it where it is new."""
    dispute = payment.disputes.filter(provider_ref=report.reference).first()
    if dispute is None:
        dispute = Dispute.objects.create(
            payment=payment,
            provider_ref=report.reference,
            amount=report.money.minor,
            currency=report.money.currency,
            created_at=clock.now(),
        )
        _record(dispute, "dispute")
        _post(dispute, f"dispute:{report.reference}", report.money)
    dispute.payment = payment
    return dispute


def _post(dispute: Dispute, reference: str, money: Money) -> None:
    payment = dispute.payment
    lines = [
        Line(Account.Code.SUSPENSE, money, ("payment", payment.public_id)),
        Line(HELD_ON[payment.provider], -money),
    ]
    memo = f"dispute of payment {payment.public_id}"
    ledger.book(payment.site, reference[:80], memo, lines)


def _record(dispute: Dispute, action: str) -> None:
    payment = dispute.payment
    audit.record(
        payment.site,
        payment.provider,
        action,
        ("payment", payment.public_id),
        dispute=dispute.provider_ref,
        amount=dispute.amount,
        state=dispute.state,
    )
