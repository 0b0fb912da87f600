"""The fake Stripe."""

from tests.fake_stripe.fixtures import deliver, fake, no_stripe, stripe, wire

__all__ = ["deliver", "fake", "no_stripe", "stripe", "wire"]
