"""The types of Stripe's events that are used; any other is ignored.

They stand apart from what loads Stripe's library, which most processes do without.
"""

NEVER_PAID = "checkout.session.async_payment_failed"
#: What reports a checkout.
EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        NEVER_PAID,
    }
)
REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
DISPUTE_EVENTS = frozenset(
    {
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
#: About payments with a saved method; those of Checkout's own payments are ignored.
INTENT_EVENTS = frozenset({"payment_intent.succeeded", "payment_intent.payment_failed"})
DETACHED = "payment_method.detached"
