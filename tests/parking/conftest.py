"""A clock that the test sets, and a Stripe of one's own."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from core import clock
from tests.fake_stripe.fixtures import deliver, fake, no_stripe, stripe, wire

__all__ = ["deliver", "fake", "no_stripe", "stripe", "wire"]

START = datetime.fromisoformat("2026-03-02T08:00:00+08:00")
Clock = Callable[[float], datetime]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the clock to so many minutes after 08:00 in Shanghai."""

    def set_clock(minutes: float) -> datetime:
        now = START + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda: now)
        return now

    set_clock(0)
    return set_clock
