"""Refunds and disputes between Stripe's objects and billing's reports."""

from stripe import Dispute, Refund

from billing.ports import DisputeStatus, ProviderDispute, ProviderRefund, RefundStatus
from integrations.stripe.currency import from_stripe

_REFUNDS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}
_DECIDED = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST}


def refund_of(refund: Refund, payment: str) -> ProviderRefund:
    """Convert Stripe's refund; ``payment`` is our id of what is refunded."""
    return ProviderRefund(
        reference=refund.id,
        refund=getattr(refund.metadata, "refund", "") or "",
        payment=payment,
        status=_REFUNDS.get(refund.status or "", RefundStatus.PENDING),
        money=from_stripe(refund.amount, refund.currency),
        failure=getattr(refund, "failure_reason", None) or "",
    )


def dispute_of(dispute: Dispute, payment: str) -> ProviderDispute:
    """Convert Stripe's dispute; ``payment`` is our id of what is disputed."""
    return ProviderDispute(
        reference=dispute.id,
        payment=payment,
        status=_dispute_status(dispute.status),
        money=from_stripe(dispute.amount, dispute.currency),
    )


def _dispute_status(status: str) -> DisputeStatus:
    if status.startswith("warning") or status == "prevented":
        return DisputeStatus.INQUIRY
    return _DECIDED.get(status, DisputeStatus.OPEN)
