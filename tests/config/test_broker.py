"""Both brokers restrict a device to its own topics and apply changes immediately."""

import shutil
from collections.abc import Iterator

import pytest

from config.appliance import runtime
from config.appliance.broker_files import AccountFiles
from devices.link import Address
from devices.ports import Account, BrokerAccounts
from integrations.mosquitto.dynamic_security import DynamicSecurity
from tests.config.bare_broker import account
from tests.config.mqtt import Client, enters
from tests.config.running import Appliance, eventually

pytestmark = pytest.mark.faults
DEVICES = {"cam-1": "first secret", "cam-2": "second secret"}
PUBLISHES = (
    "gh/v1/lakeside/{}/up/#",
    "{}/device/message/up/#",
    "{}/device/message/down/+/reply",
)
LISTENS = ("gh/v1/lakeside/{}/down/#", "{}/device/message/down/#")
KINDS = ["mosquitto", "embedded"]


@pytest.fixture(scope="module", params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[Appliance]:
    if request.param == "mosquitto" and not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"):
        pytest.skip("mosquitto is not installed: its rules are not checked")
    appliance = Appliance(GATEHOUSE_BROKER=request.param)
    try:
        yield appliance.up()
    finally:
        appliance.clear_away()


@pytest.fixture
def devices(broker: Appliance) -> dict[str, str]:
    """Two devices with credentials, reset after every test."""
    accounts(broker).put([of(name) for name in DEVICES])
    accounts(broker).drop(["cam-3"])
    assert eventually(lambda: can_connect(broker, "cam-1", DEVICES["cam-1"]))
    return DEVICES


def of(name: str, password: str | None = None, *, enabled: bool = True) -> Account:
    """The account of a device that speaks both protocols."""
    return account(
        name,
        password=password or DEVICES[name],
        enabled=enabled,
        publishes=tuple(topic.format(name) for topic in PUBLISHES),
        listens=tuple(topic.format(name) for topic in LISTENS),
    )


def accounts(broker: Appliance) -> BrokerAccounts:
    """The broker's accounts, as the processes update them."""
    stored = runtime.read(broker.home)
    if stored["GATEHOUSE_BROKER_ACCOUNTS"] == "files":
        return AccountFiles(broker.home)
    return DynamicSecurity(stored["MQTT_URL"])


@pytest.fixture
def backend(broker: Appliance) -> Iterator[Client]:
    client = Client(backend_port(broker), "backend", backend_password(broker))
    yield client
    client.close()


def backend_password(broker: Appliance) -> str:
    return runtime.read(broker.home)["GATEHOUSE_BROKER_PASSWORD"]


def backend_port(broker: Appliance) -> int:
    return Address.of(runtime.read(broker.home)["MQTT_URL"]).port


def can_connect(broker: Appliance, name: str, password: str | None) -> bool:
    return enters(broker.broker_port, name, password)


def device(broker: Appliance, name: str) -> Client:
    client = Client(broker.broker_port, name, DEVICES[name])
    assert client.connected.is_set()
    return client


def test_an_anonymous_connection_is_rejected(broker: Appliance) -> None:
    assert not can_connect(broker, "", None)


def test_a_wrong_password_is_rejected(broker: Appliance, devices: dict[str, str]) -> None:
    assert not can_connect(broker, "cam-1", "second secret")
    assert not can_connect(broker, "cam-9", "second secret")
    assert not can_connect(broker, "backend", "guessed")


@pytest.mark.parametrize(
    "topic",
    [
        "gh/v1/lakeside/cam-1/up/event",
        "gh/v1/lakeside/cam-1/up/status",
        "cam-1/device/message/up/ivs_result",
        "cam-1/device/message/down/gpio_out/reply",
    ],
)
def test_a_device_may_publish_below_its_own_topics(
    broker: Appliance, devices: dict[str, str], backend: Client, topic: str
) -> None:
    backend.subscribe(topic)
    camera = device(broker, "cam-1")
    camera.publish(topic, b"hello")
    assert eventually(lambda: (topic, b"hello") in backend.got)
    camera.close()


@pytest.mark.parametrize(
    "topic",
    [
        "gh/v1/lakeside/cam-2/up/event",
        "gh/v1/lakeside/cam-1/down/open",
        "cam-2/device/message/up/ivs_result",
        "cam-1/device/message/down/gpio_out",
        "cam-2/device/message/down/gpio_out/reply",
        "anything",
    ],
)
def test_a_device_may_not_publish_elsewhere(
    broker: Appliance, devices: dict[str, str], backend: Client, topic: str
) -> None:
    backend.subscribe("#")
    intruder = device(broker, "cam-1")
    intruder.paho.publish(topic, b"open", qos=1)
    honest = device(broker, "cam-2")
    honest.publish("gh/v1/lakeside/cam-2/up/ack")
    assert eventually(lambda: "gh/v1/lakeside/cam-2/up/ack" in backend.topics())
    assert (topic, b"open") not in backend.got
    for client in (intruder, honest):
        client.close()


@pytest.mark.parametrize(
    "pattern", ["gh/v1/lakeside/{}/down/open", "{}/device/message/down/gpio_out"]
)
def test_a_device_receives_its_own_commands_only(
    broker: Appliance, devices: dict[str, str], backend: Client, pattern: str
) -> None:
    camera = device(broker, "cam-1")
    for name in ("cam-2", "cam-1"):
        camera.subscribe(pattern.format(name))
        backend.publish(pattern.format(name))
    assert eventually(lambda: pattern.format("cam-1") in camera.topics())
    assert pattern.format("cam-2") not in camera.topics()
    camera.close()


def test_a_device_may_not_subscribe_to_everything(
    broker: Appliance, devices: dict[str, str], backend: Client
) -> None:
    camera = device(broker, "cam-1").subscribe("#")
    camera.subscribe("cam-1/device/message/down/#")
    backend.publish("cam-2/device/message/down/gpio_out")
    backend.publish("cam-1/device/message/down/snapshot")
    assert eventually(lambda: "cam-1/device/message/down/snapshot" in camera.topics())
    assert "cam-2/device/message/down/gpio_out" not in camera.topics()
    camera.close()


def test_a_new_device_may_connect_immediately(broker: Appliance, devices: dict[str, str]) -> None:
    assert not can_connect(broker, "cam-3", "third secret")
    accounts(broker).put([of("cam-3", "third secret")])
    assert eventually(lambda: can_connect(broker, "cam-3", "third secret"))


def test_a_disabled_device_is_disconnected_and_rejected(
    broker: Appliance, devices: dict[str, str]
) -> None:
    camera = device(broker, "cam-1")
    accounts(broker).put([of("cam-1", enabled=False)])
    assert eventually(camera.gone.is_set)
    assert not can_connect(broker, "cam-1", DEVICES["cam-1"])


def test_the_other_devices_stay_connected_when_one_changes(
    broker: Appliance, devices: dict[str, str], backend: Client
) -> None:
    camera = device(broker, "cam-1")
    accounts(broker).put([of("cam-3", "third secret")])
    assert eventually(lambda: can_connect(broker, "cam-3", "third secret"))
    assert not camera.gone.is_set()
    assert not backend.gone.is_set()
    camera.close()


def test_a_message_of_5_mb_is_delivered_to_become_a_dead_letter(
    broker: Appliance, devices: dict[str, str], backend: Client
) -> None:
    topic = "gh/v1/lakeside/cam-1/up/event"
    backend.subscribe(topic)
    camera = device(broker, "cam-1")
    camera.publish(topic, b"x" * 5_000_000)
    assert eventually(lambda: any(len(payload) == 5_000_000 for _, payload in backend.got))
    camera.close()


def test_a_long_queue_survives_a_restart(broker: Appliance, devices: dict[str, str]) -> None:
    if broker.environment["GATEHOUSE_BROKER"] == "embedded":
        pytest.skip("the embedded broker keeps nothing: it is for trying out")
    topic, port = "gh/v1/lakeside/cam-1/up/telemetry", backend_port(broker)
    consumer = Client(port, "backend", backend_password(broker), client_id="slot-1")
    consumer.subscribe(topic).close()
    camera = device(broker, "cam-1")
    sent = [camera.paho.publish(topic, str(n).encode(), qos=1) for n in range(3000)]
    for message in sent:
        message.wait_for_publish(20)
    camera.close()
    before = broker.process("broker")
    before.terminate()
    assert eventually(lambda: broker.process("broker") not in (None, before))
    assert eventually(lambda: can_connect(broker, "cam-1", DEVICES["cam-1"]))
    again = Client(port, "backend", backend_password(broker), client_id="slot-1")
    assert eventually(lambda: len(again.got) >= 3000)
    assert [payload for _, payload in again.got] == [str(n).encode() for n in range(3000)]
    again.close()
