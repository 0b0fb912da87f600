"""A stand-in for Stripe, for tests and for trying out the pay flow on one's own machine.

It speaks the part of Stripe's API that Gatehouse uses, over HTTP, so that the real SDK talks to it:
Checkout sessions with idempotency keys, a page to pay on, and signed webhooks. It also misbehaves
when told to, in the ways networks and Stripe do.
"""

from tests.fake_stripe.server import FakeStripe

__all__ = ["FakeStripe"]
