"""A sender in place of the network, for tests of what happens before and after it."""

import pytest

from incidents.feeds import ports
from tests.incidents.feeds.setting import FakeSender


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> FakeSender:
    """The sender of webhooks; it accepts everything unless a test sets its answers."""
    fake = FakeSender()
    monkeypatch.setattr(ports, "_senders", {"webhook": fake})
    return fake
