"""A peer of GA/T 1400, and a feed that is registered there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings

from core import clock
from integrations.police.viid.options import store_password
from tests.factories import FeedEndpointFactory
from tests.integrations.police.peer import DEVICE, ORG, Peer
from tests.receiver import Receiver, running


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def server(peer: Peer) -> Iterator[Receiver]:
    with override_settings(OUTGOING_PLAIN_HTTP=True), running() as receiver:
        receiver.answer = peer.answer
        yield receiver


@pytest.fixture
def endpoint(server: Receiver) -> object:
    made = FeedEndpointFactory(
        kind="viid",
        url=server.url(""),
        allowed_networks=["127.0.0.0/8"],
        options={"device_id": DEVICE, "org_code": ORG, "user": "gatehouse"},
        registered_until=clock.now() + timedelta(minutes=5),
    )
    store_password(made, "password", "secret")
    made.save()
    return made
