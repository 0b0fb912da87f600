"""A stay with an amount due, and a fake Stripe to pay it with."""

from datetime import timedelta

import pytest

from core import clock
from parking.models import Stay
from tests.factories import StayFactory
from tests.fake_stripe.fixtures import deliver, fake, no_stripe, stripe, wire

__all__ = ["deliver", "fake", "no_stripe", "stripe", "wire"]


@pytest.fixture
def stay(db: None) -> Stay:
    """A stay of 90 minutes, which costs 10.00."""
    return StayFactory(entered_at=clock.now() - timedelta(minutes=90))
