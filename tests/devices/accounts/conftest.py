"""A real broker with the accounts of the registry."""

from collections.abc import Iterator

import pytest

from core.models import Site
from devices import ports
from integrations.mosquitto.dynamic_security import DynamicSecurity
from tests.config.bare_broker import BareBroker, bare_broker
from tests.factories import SiteFactory


@pytest.fixture(scope="module")
def running() -> Iterator[BareBroker]:
    made = bare_broker()
    yield made
    made.clear_away()


@pytest.fixture
def broker(running: BareBroker) -> Iterator[BareBroker]:
    """A broker that the registry is wired to; it has no devices yet."""
    running.accounts.drop(running.accounts.compare([]).unknown)
    ports.use_broker_accounts(DynamicSecurity(running.url))
    yield running
    ports.use_broker_accounts(None)


@pytest.fixture
def site(db: None) -> Site:
    return SiteFactory(slug="park")
