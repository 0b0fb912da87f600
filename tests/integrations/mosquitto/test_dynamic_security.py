"""mosquitto's dynamic security plugin, driven over its control topic."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.appliance.dynsec_file import accounts_file
from devices.link import Session
from devices.ports import Account, AccountDrift, BrokerError
from integrations.mosquitto.control import ControlConnection
from integrations.mosquitto.dynamic_security import DynamicSecurity, plan_changes
from tests.config.bare_broker import BareBroker, account, bare_broker, camera
from tests.config.mqtt import Client
from tests.config.running import eventually
from tests.ports import free_port

ONE, OTHER, CAMERA = account("bay-1"), account("bay-2"), camera("SN1")
ALL = [ONE, OTHER, CAMERA]
# What a device tries, whose name is bay-1 and whose site is park.
FOREIGN_TOPICS = [
    "gh/v1/park/bay-2/up/event",  # another device's
    "gh/v1/lake/bay-1/up/event",  # another site's
    "gh/v1/park/bay-1/down/open",  # only the backend commands
    "gh/v1/park/bay-10/up/event",  # a name that begins like its own
    "SN1/device/message/up/ivs_result",
    "SN1/device/message/down/gpio_out",
    "SN1/device/message/down/gpio_out/reply",
    "$SYS/broker/uptime",
    "anything",
]
FOREIGN_FILTERS = [
    "#",
    "+/#",
    "gh/#",
    "gh/v1/+/+/up/#",
    "gh/v1/park/bay-1/up/#",
    "gh/v1/park/bay-2/down/#",
    "gh/v1/lake/bay-1/down/#",
    "gh/v1/park/+/down/#",
    "gh/v1/+/bay-1/down/#",
    "gh/v1/park/bay-1/#",
    "+/device/message/down/#",
    "$share/any/#",
    "$share/any/gh/v1/park/bay-2/down/#",
    "$share/gatehouse/gh/v1/+/+/up/telemetry",
    "$SYS/#",
    "$CONTROL/#",
    "$CONTROL/dynamic-security/v1/response",
]


@pytest.fixture(scope="module")
def running() -> Iterator[BareBroker]:
    broker = bare_broker()
    yield broker
    broker.clear_away()


@pytest.fixture
def broker(running: BareBroker) -> BareBroker:
    """A broker with two sensors and a camera, restored after earlier tests."""
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


# -- what a device may do ------------------------------------------------------------------------


@pytest.mark.parametrize("topic", FOREIGN_TOPICS)
def test_a_device_cannot_publish_under_another_name_or_site(
    broker: BareBroker, backend: Client, sensor: Client, topic: str
) -> None:
    backend.subscribe("#").subscribe("$SYS/#")
    sensor.paho.publish(topic, b"open", qos=1, retain=True)
    sensor.publish("gh/v1/park/bay-1/up/event")
    assert eventually(lambda: "gh/v1/park/bay-1/up/event" in backend.topics())
    assert (topic, b"open") not in backend.got


@pytest.mark.parametrize("wanted", FOREIGN_FILTERS)
def test_a_device_cannot_subscribe_to_topics_of_others(sensor: Client, wanted: str) -> None:
    sensor.subscribe(wanted)
    assert sensor.granted == [False]


@pytest.mark.parametrize("wanted", ["#", "gh/v1/park/+/down/#", "$share/any/#"])
def test_a_refused_subscription_delivers_no_messages(
    backend: Client, sensor: Client, wanted: str
) -> None:
    sensor.subscribe(wanted).subscribe("gh/v1/park/bay-1/down/#")
    backend.publish("gh/v1/park/bay-2/down/open")
    backend.publish("gh/v1/park/bay-1/down/open")
    assert eventually(lambda: "gh/v1/park/bay-1/down/open" in sensor.topics())
    assert "gh/v1/park/bay-2/down/open" not in sensor.topics()


def test_a_device_receives_its_commands_and_publishes_its_messages(
    broker: BareBroker, backend: Client
) -> None:
    backend.subscribe("#")
    vzenith = broker.device(CAMERA).subscribe("SN1/device/message/down/+")
    backend.publish("SN1/device/message/down/gpio_out")
    vzenith.publish("SN1/device/message/down/gpio_out/reply")
    vzenith.publish("SN1/device/message/up/keep_alive")
    assert eventually(lambda: "SN1/device/message/down/gpio_out" in vzenith.topics())
    said = {"SN1/device/message/down/gpio_out/reply", "SN1/device/message/up/keep_alive"}
    assert eventually(lambda: said <= set(backend.topics()))
    vzenith.close()


def test_a_camera_cannot_send_commands_even_to_itself(broker: BareBroker, backend: Client) -> None:
    other = camera("SN2")
    broker.accounts.put([other])
    listener = broker.device(other).subscribe("SN2/device/message/down/#")
    backend.subscribe("+/device/message/down/#")
    attacker = broker.device(CAMERA)
    for serial in ("SN1", "SN2"):
        attacker.publish(f"{serial}/device/message/down/gpio_out", b"open")
    attacker.publish("SN1/device/message/down/gpio_out/reply", b"the last")
    assert eventually(lambda: any(payload == b"the last" for _, payload in backend.got))
    assert b"open" not in [payload for _, payload in backend.got]
    assert listener.got == []
    for client in (attacker, listener):
        client.close()


def test_a_device_cannot_create_an_account(broker: BareBroker, sensor: Client) -> None:
    command = {"command": "createClient", "username": "evil", "password": "evil"}
    sensor.paho.publish("$CONTROL/dynamic-security/v1", json.dumps({"commands": [command]}), qos=1)
    with ControlConnection(broker.url) as control:
        [answer] = control.query([{"command": "getClient", "username": "evil"}])
    assert answer["error"] == "Client not found"


def test_a_device_with_our_client_id_does_not_affect_our_session(
    broker: BareBroker,
) -> None:
    ours = Session(broker.url, "gatehouse-gates", ["gh/v1/+/+/up/#"])
    assert eventually(lambda: ours.receive(0, 0.05) or ours.connected)
    intruder = broker.device(ONE, client_id="gatehouse-gates")
    intruder.publish("gh/v1/park/bay-1/up/event")
    assert [message.topic for message in ours.receive(1, 10)] == ["gh/v1/park/bay-1/up/event"]
    assert ours.generation == 0
    for each in (intruder.close, ours.stop):
        each()


def test_a_device_with_anothers_client_id_receives_none_of_its_messages(
    broker: BareBroker, backend: Client
) -> None:
    broker.device(OTHER, client_id="kept").subscribe("gh/v1/park/bay-2/down/#").close()
    backend.publish("gh/v1/park/bay-2/down/open", b"waiting")
    thief = broker.device(ONE, client_id="kept").subscribe("gh/v1/park/bay-1/down/#")
    backend.publish("gh/v1/park/bay-2/down/open", b"later")
    backend.publish("gh/v1/park/bay-1/down/open")
    assert eventually(lambda: "gh/v1/park/bay-1/down/open" in thief.topics())
    assert "gh/v1/park/bay-2/down/open" not in thief.topics()
    thief.close()


def test_an_anonymous_client_is_refused(broker: BareBroker) -> None:
    client = Client(broker.port, "", None)
    assert client.refused.is_set()


def test_the_backend_may_share_a_subscription(broker: BareBroker, backend: Client) -> None:
    backend.subscribe("$share/gatehouse/gh/v1/+/+/up/telemetry")
    sensor = broker.device(ONE)
    sensor.publish("gh/v1/park/bay-1/up/telemetry")
    assert eventually(lambda: backend.topics() == ["gh/v1/park/bay-1/up/telemetry"])
    sensor.close()


# -- what changes ----------------------------------------------------------------------------------


def test_a_disabled_device_is_disconnected_and_refused(broker: BareBroker, sensor: Client) -> None:
    broker.accounts.put([replace(ONE, enabled=False)])
    assert sensor.gone.wait(60)
    assert not broker.lets_in(ONE)
    assert broker.lets_in(OTHER)


def test_an_enabled_device_signs_in_with_its_former_password(broker: BareBroker) -> None:
    broker.accounts.put([replace(ONE, enabled=False)])
    broker.accounts.put([ONE])
    assert broker.lets_in(ONE)


def test_a_new_password_ends_the_old_one_and_its_connection(
    broker: BareBroker, sensor: Client
) -> None:
    renewed = replace(ONE, password="another secret", version="2")
    broker.accounts.put([renewed])
    assert eventually(sensor.gone.is_set)
    assert not broker.lets_in(ONE)
    assert broker.lets_in(renewed)


def test_a_moved_device_can_neither_receive_nor_publish_at_its_former_site(
    broker: BareBroker, backend: Client
) -> None:
    kept = broker.device(ONE, client_id="a session that is kept")
    kept.subscribe("gh/v1/park/bay-1/down/#")
    moved = account("bay-1", publishes=("gh/v1/lake/bay-1/up/#",), listens=("gh/v1/lake/bay-1/#",))
    broker.accounts.put([moved])
    assert eventually(kept.gone.is_set)
    again = broker.device(moved, client_id="a session that is kept")
    again.subscribe("gh/v1/lake/bay-1/down/#")
    backend.subscribe("gh/#")
    backend.publish("gh/v1/park/bay-1/down/open")
    again.publish("gh/v1/park/bay-1/up/event")
    backend.publish("gh/v1/lake/bay-1/down/open")
    again.publish("gh/v1/lake/bay-1/up/event")
    assert eventually(lambda: "gh/v1/lake/bay-1/up/event" in backend.topics())
    assert "gh/v1/park/bay-1/up/event" not in backend.topics()
    assert eventually(lambda: again.topics() == ["gh/v1/lake/bay-1/down/open"])
    again.close()


def test_a_device_that_gains_rights_stays_connected(
    broker: BareBroker, backend: Client, sensor: Client
) -> None:
    backend.subscribe("#")
    broker.accounts.put([replace(ONE, publishes=(*ONE.publishes, "more/bay-1"))])
    sensor.publish("more/bay-1")
    assert eventually(lambda: "more/bay-1" in backend.topics())
    assert not sensor.gone.is_set()


def test_the_others_stay_connected_when_one_changes(
    broker: BareBroker, backend: Client, sensor: Client
) -> None:
    broker.accounts.put([replace(OTHER, password="x", version="2")])
    broker.accounts.drop(["SN1"])
    sensor.publish("gh/v1/park/bay-1/up/event")
    backend.publish("gh/v1/park/bay-1/down/open")
    assert not sensor.gone.is_set()
    assert not backend.gone.is_set()


def test_a_deleted_account_is_disconnected_and_its_role_is_deleted(
    broker: BareBroker, sensor: Client
) -> None:
    broker.accounts.drop(["bay-1"])
    assert eventually(sensor.gone.is_set)
    assert broker.accounts.compare([OTHER, CAMERA]) == AccountDrift()
    assert broker.accounts.compare(ALL) == AccountDrift(outdated=("bay-1",))


def test_putting_an_unchanged_account_has_no_effect(broker: BareBroker, sensor: Client) -> None:
    before = accounts_file(broker.home).stat().st_mtime_ns
    broker.accounts.put(ALL)
    assert accounts_file(broker.home).stat().st_mtime_ns == before
    sensor.publish("gh/v1/park/bay-1/up/event")
    assert not sensor.gone.is_set()


def test_a_role_that_was_widened_by_hand_is_found_and_restored(broker: BareBroker) -> None:
    everything = {"acltype": "subscribePattern", "topic": "#", "allow": True, "priority": 0}
    with ControlConnection(broker.url) as control:
        control.execute([{"command": "addRoleACL", "rolename": "bay-1", **everything}])
        control.execute([{"command": "createGroup", "groupname": "friends"}])
        control.execute(
            [{"command": "addGroupClient", "groupname": "friends", "username": "bay-2"}]
        )
        control.execute([{"command": "createClient", "username": "stranger", "password": "x"}])
    assert broker.accounts.compare(ALL) == AccountDrift(("bay-1", "bay-2"), ("stranger",))
    broker.accounts.put(ALL)
    broker.accounts.drop(["stranger"])
    assert broker.accounts.compare(ALL) == AccountDrift()


def test_the_controlling_account_is_never_reported_as_unknown(broker: BareBroker) -> None:
    everything = {"acltype": "publishClientSend", "topic": "$CONTROL/#", "allow": True}
    answers = {"acltype": "subscribePattern", "topic": "$CONTROL/#", "allow": True}
    hears = {"acltype": "publishClientReceive", "topic": "$CONTROL/#", "allow": True}
    with ControlConnection(broker.url) as control:
        acls = [everything, answers, hears]
        control.execute([{"command": "createRole", "rolename": "chief", "acls": acls}])
        roles = [{"rolename": "chief"}]
        fleet = {"username": "fleet", "password": "x", "roles": roles}
        control.execute([{"command": "createClient", **fleet}])
    url = f"mqtt://fleet:x@127.0.0.1:{broker.port}"
    assert DynamicSecurity(url).compare(ALL) == AccountDrift()
    assert broker.accounts.compare(ALL) == AccountDrift(unknown=("chief", "fleet"))
    # Nor is it, or its role, given to a device of that name.
    fleet_itself = DynamicSecurity(url)
    fleet_itself.put([*ALL, account("chief"), account("fleet")])
    assert fleet_itself.compare([*ALL, account("chief"), account("fleet")]) == AccountDrift()


def test_accounts_survive_a_kill_9_of_the_broker(broker: BareBroker) -> None:
    renewed = replace(ONE, password="another secret", version="2")
    broker.accounts.put([renewed, replace(OTHER, enabled=False)])
    broker.stop(9)
    broker.start()
    assert broker.lets_in(renewed)
    assert not broker.lets_in(ONE)
    assert not broker.lets_in(OTHER)


# -- what is asked of the broker -------------------------------------------------------------------


def commands(before: Account | None, after: Account) -> list[str]:
    from integrations.mosquitto.acl import role_rules
    from integrations.mosquitto.dynamic_security import BrokerClient

    client = rules = None
    if before is not None:
        client = BrokerClient(before.version, before.enabled, (before.name,), ())
        rules = role_rules(before)
    return [command["command"] for command in plan_changes(after, client, rules)]


def test_only_differences_cause_commands() -> None:
    off = replace(ONE, enabled=False)
    assert commands(ONE, ONE) == []
    assert commands(None, ONE) == ["createRole", "createClient"]
    assert commands(None, off) == []
    assert commands(ONE, off) == ["disableClient"]
    assert commands(off, ONE) == ["enableClient"]
    assert commands(ONE, replace(ONE, listens=())) == ["modifyRole", "modifyClient"]
    assert commands(replace(ONE, listens=()), ONE) == ["modifyRole"]
    assert commands(ONE, replace(off, version="2")) == ["disableClient", "modifyClient"]
    assert commands(off, replace(ONE, version="2")) == ["modifyClient", "enableClient"]


def test_a_password_known_only_to_the_broker_is_kept() -> None:
    given_before = replace(ONE, password=None, version="")
    assert commands(given_before, given_before) == []
    assert commands(given_before, replace(given_before, enabled=False)) == ["disableClient"]
    assert commands(None, given_before) == []


# -- what goes wrong -------------------------------------------------------------------------------


def test_an_unreachable_broker_is_named() -> None:
    port = free_port()
    with pytest.raises(BrokerError, match=f"mqtt://127.0.0.1:{port} does not answer"):
        DynamicSecurity(f"mqtt://backend:x@127.0.0.1:{port}").put([ONE])


def test_a_wrong_password_is_reported_without_being_shown(broker: BareBroker) -> None:
    with pytest.raises(BrokerError, match="refuses 'backend'") as refused:
        DynamicSecurity(f"mqtt://backend:guessed@127.0.0.1:{broker.port}").put([ONE])
    assert "guessed" not in str(refused.value)


def test_a_devices_account_cannot_control_the_broker(broker: BareBroker) -> None:
    url = f"mqtt://bay-1:{ONE.password.replace(' ', '%20')}@127.0.0.1:{broker.port}"
    with pytest.raises(BrokerError, match="does not let 'bay-1' control it"):
        DynamicSecurity(url).put([OTHER])


def test_a_failed_command_is_reported_without_the_password(broker: BareBroker) -> None:
    with ControlConnection(broker.url) as control, pytest.raises(BrokerError) as failed:
        control.execute([{"command": "createClient", "username": "bay-1", "password": "told"}])
    assert str(failed.value) == "createClient of bay-1: Client already exists"


def test_an_invalid_address_is_reported() -> None:
    with pytest.raises(BrokerError, match="is not a broker URL"):
        DynamicSecurity("http://127.0.0.1").put([ONE])
