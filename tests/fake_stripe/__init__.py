"""A fake Stripe, for tests and for trying out the payment flow locally.

It serves the part of Stripe's API that Gatehouse uses, over HTTP and to the real SDK: Checkout
sessions with idempotency keys, a payment page, and signed webhooks. Tests can order the faults that
networks and Stripe have.
"""

from tests.fake_stripe.server import FakeStripe

__all__ = ["FakeStripe"]
