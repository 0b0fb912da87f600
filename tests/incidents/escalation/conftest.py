"""A site with a clock that stands at noon of Wednesday, 4 March 2026, in Shanghai."""

from datetime import UTC, datetime

import pytest

from tests.factories import SiteFactory
from tests.incidents.escalation.staff import Clock


@pytest.fixture
def site(db):
    """A site in Shanghai."""
    return SiteFactory(timezone="Asia/Shanghai")


@pytest.fixture
def noon(monkeypatch):
    """The clock, at noon."""
    return Clock(monkeypatch, datetime(2026, 3, 4, 4, tzinfo=UTC))
