"""A device's session belongs to its account; our own processes have several."""

from collections.abc import Iterator

import pytest

from config.appliance.broker import MAX_MESSAGE, PACKET_OVERHEAD
from devices.link import Session
from tests.config.bare_broker import BareBroker, account, bare_broker
from tests.config.mqtt import Client
from tests.config.running import eventually

ONE, OTHER = account("bay-1"), account("bay-2")
ALL = [ONE, OTHER]


@pytest.fixture(scope="module")
def running() -> Iterator[BareBroker]:
    broker = bare_broker()
    yield broker
    broker.clear_away()


@pytest.fixture
def broker(running: BareBroker) -> BareBroker:
    """A broker with two sensors, restored after earlier tests."""
    running.accounts.drop(running.accounts.compare(ALL).unknown)
    running.accounts.put(ALL)
    return running


@pytest.fixture
def backend(broker: BareBroker) -> Iterator[Client]:
    client = broker.backend()
    yield client
    client.close()


@pytest.fixture
def sensor(broker: BareBroker) -> Iterator[Client]:
    client = broker.device(ONE)
    yield client
    client.close()


@pytest.mark.parametrize("clean", [True, False])
def test_a_device_that_names_another_s_client_id_does_not_disconnect_it(
    broker: BareBroker, backend: Client, clean: bool
) -> None:
    barrier = broker.device(OTHER, client_id="bay-2").subscribe("gh/v1/park/bay-2/down/#")
    for n in range(20):
        thief = broker.device(ONE, client_id="bay-2", clean=clean)
        backend.publish("gh/v1/park/bay-2/down/open", b"command %d" % n)
        thief.close()
    commands = [b"command %d" % n for n in range(20)]
    assert eventually(lambda: ("gh/v1/park/bay-2/down/open", commands[-1]) in barrier.got)
    assert [payload for _, payload in barrier.got if payload in commands] == commands
    assert not barrier.gone.is_set()
    barrier.close()


def test_of_two_clients_with_one_account_the_newer_one_stays(broker: BareBroker) -> None:
    older = broker.device(ONE, client_id="first")
    newer = broker.device(ONE, client_id="second")
    assert eventually(older.gone.is_set)
    assert not newer.gone.is_set()
    newer.close()


def test_our_own_processes_have_several_sessions_under_one_account(broker: BareBroker) -> None:
    names = ("gatehouse-gates", "gatehouse-telemetry-0")
    ours = [Session(broker.url, name, ["gh/v1/+/+/up/#"]) for name in names]
    for _ in range(2):
        assert all(eventually(lambda s=s: s.receive(0, 0.05) or s.connected) for s in ours)
    assert [session.generation for session in ours] == [0, 0]
    for session in ours:
        session.stop()


def test_a_message_above_every_driver_s_limit_is_rejected(
    broker: BareBroker, backend: Client, sensor: Client
) -> None:
    backend.subscribe("gh/#")
    sensor.publish("gh/v1/park/bay-1/up/event", bytes(MAX_MESSAGE))
    sensor.paho.publish("gh/v1/park/bay-1/up/event", bytes(MAX_MESSAGE + PACKET_OVERHEAD), qos=1)
    assert eventually(sensor.gone.is_set)
    assert eventually(lambda: backend.got)
    assert [len(payload) for _, payload in backend.got] == [MAX_MESSAGE]
