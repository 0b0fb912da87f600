"""Where devices reach the broker is chosen in the console, checked, and used after a restart."""

import os
from typing import Any

import pytest
from django.test import Client

from config import broker_network
from config.appliance import records, restarts
from config.appliance.broker_address import BrokerAddress
from config.appliance.places import Home
from config.appliance.runtime import Choices, Plan
from config.appliance.supervisor import SUPERVISOR
from console.devices.broker_access import broker
from core.models import AuditEntry
from tests.browsers import signed_in, text
from tests.factories import SiteFactory, UserFactory

OPEN = {"reach": "tls", "address": "10.0.7.1", "port": 1883, "tls_port": 8883}


@pytest.fixture
def home(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home of an appliance whose supervisor runs: it is this test's process."""
    home = Home.at(settings.HOME)
    home.create()
    monkeypatch.setattr(broker_network, "_is_free", lambda port: port != 7777)
    supervise(home)
    return home


@pytest.fixture
def administrator(db: None) -> Client:
    SiteFactory(slug="harbour")
    return signed_in(UserFactory(is_superuser=True))


def plan_of(home: Home, **environment: str) -> Plan:
    return Plan.of(home, Choices(environment, {}))


def supervise(home: Home, **facts: str) -> None:
    known = {restarts.CAN_RESTART: "yes", "broker": plan_of(home).broker_listeners}
    records.save(home.run, SUPERVISOR, os.getpid(), **known, **facts)


def address(page: str = "") -> str:
    return f"/s/harbour/installation/broker/{page}"


def test_at_first_only_this_machine_reaches_the_broker(home, administrator):
    assert "this machine only" in text(administrator.get(address()))
    plan = plan_of(home)
    assert (plan.broker_bind, plan.tls_bind) == ("127.0.0.1", "127.0.0.1")
    assert plan.stored_values("/s")["GATEHOUSE_MQTT_LOCAL"] == "1"
    assert plan.stored_values("/s")["GATEHOUSE_MQTT_PUBLIC"] == ""


def test_it_is_opened_with_tls_only_and_the_restart_is_offered(home, administrator):
    assert administrator.post(address("change/"), OPEN).status_code == 204
    page = text(administrator.get(address()))
    assert "other machines, with TLS" in page
    assert "holds after a restart" in page
    plan = plan_of(home)
    assert (plan.broker_bind, plan.tls_bind) == ("127.0.0.1", "0.0.0.0")  # noqa: S104
    assert plan.stored_values("/s")["GATEHOUSE_MQTT_PUBLIC"] == "mqtts://10.0.7.1:8883"
    assert plan.stored_values("/s")["GATEHOUSE_MQTT_LOCAL"] == "0"
    assert "10.0.7.1" in plan.names
    assert administrator.post(address("restart/")).status_code == 204
    assert restarts.take_request(home) == restarts.ALL
    supervise(home)
    assert "holds after a restart" not in text(administrator.get(address()))


def test_without_tls_it_is_open_on_both_ports(home, administrator):
    administrator.post(address("change/"), {**OPEN, "reach": "plain", "port": 2883})
    plan = plan_of(home)
    assert (plan.broker_bind, plan.broker_port) == ("0.0.0.0", 2883)  # noqa: S104
    assert plan.broker_public == "mqtt://10.0.7.1:2883"


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "::1", "0.0.0.0", "a b", "-x.org"])  # noqa: S104
def test_an_address_that_other_machines_cannot_reach_is_rejected(home, administrator, host):
    answer = administrator.post(address("change/"), {**OPEN, "address": host})
    assert answer.status_code == 422
    assert "Other machines cannot reach this address." in text(answer)
    assert BrokerAddress.chosen(home) == BrokerAddress()


@pytest.mark.parametrize(
    ("ports", "field"),
    [({"port": 7777}, "port"), ({"tls_port": 8000}, "tls_port"), ({"tls_port": 1883}, "tls_port")],
)
def test_a_port_that_is_taken_is_rejected_at_its_field(home, administrator, ports, field):
    answer = administrator.post(address("change/"), {**OPEN, **ports})
    assert answer.status_code == 422
    assert "is used by another program" in str(answer.context["form"].errors[field])


def test_two_administrators_at_once_do_not_overwrite_each_other(home, administrator):
    shown = administrator.get(address("change/")).context["form"].initial["revision"]
    administrator.post(address("change/"), OPEN)
    again = {**OPEN, "address": "10.0.7.2", "revision": shown}
    assert administrator.post(address("change/"), again).status_code == 422
    assert BrokerAddress.chosen(home).address == "10.0.7.1"


def test_changes_are_audited_and_shown(home, administrator):
    administrator.post(address("change/"), OPEN)
    entry = AuditEntry.objects.get(action="change broker settings")
    assert entry.detail == {"reach": ["local", "tls"], "address": ["", "10.0.7.1"]}
    assert "this machine only → other machines, with TLS" in text(administrator.get(address()))


def test_the_environment_overrides_the_choice_and_is_named(home, administrator, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_MQTT_BIND", "10.0.8.1")
    administrator.post(address("change/"), OPEN)
    assert "GATEHOUSE_MQTT_BIND" in text(administrator.get(address()))
    assert plan_of(home, GATEHOUSE_MQTT_BIND="10.0.8.1").tls_bind == "10.0.8.1"
    assert plan_of(home, GATEHOUSE_MQTT_TLS_PORT="9883").broker_public == "mqtts://10.0.7.1:9883"


def test_a_broker_of_another_installation_is_changed_there(home, administrator):
    records.remove(home.run, SUPERVISOR)
    assert "Change it where it runs." in text(administrator.get(address()))
    assert administrator.post(address("change/"), OPEN).status_code == 422


def test_a_damaged_file_counts_as_no_choice(home):
    (home.root / "broker.json").write_text('{"reach": "everyone"}')
    assert BrokerAddress.chosen(home) == BrokerAddress()


@pytest.mark.parametrize(("is_local", "public"), [(True, ""), (False, "mqtts://10.0.7.1:8883")])
def test_the_details_of_a_device_warn_while_only_this_machine_reaches_the_broker(
    settings: Any, rf: Any, is_local: bool, public: str
) -> None:
    settings.MQTT_LOCAL, settings.MQTT_PUBLIC = is_local, public
    assert broker(rf.get("/", HTTP_HOST="testserver")).is_local is is_local
