"""A real mosquitto with the appliance's configuration, without the other processes."""

import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from config.appliance import broker, records
from config.appliance.broker_files import AccountFiles
from config.appliance.mosquitto import DYNSEC, FILES, find_mosquitto, find_plugin
from config.appliance.places import Home
from config.appliance.runtime import Choices, Plan
from devices.ports import Account
from integrations.mosquitto.dynamic_security import DynamicSecurity
from tests import processes
from tests.config.mqtt import Client
from tests.config.running import eventually
from tests.ports import free_port


def account(name: str, **more: object) -> Account:
    """An account of our own protocol's device at the site ``park``."""
    given = {
        "password": f"secret of {name}",
        "version": "1",
        "enabled": True,
        "publishes": (f"gh/v1/park/{name}/up/#",),
        "listens": (f"gh/v1/park/{name}/down/#",),
    }
    return Account(name=name, **{**given, **more})


def camera(name: str, **more: object) -> Account:
    """An account of a camera that speaks its maker's protocol."""
    rules = {
        "publishes": (f"{name}/device/message/up/#", f"{name}/device/message/down/+/reply"),
        "listens": (f"{name}/device/message/down/#",),
    }
    return account(name, **{**rules, **more})


class BareBroker:
    """mosquitto on a free port, its accounts in its plugin or, with FILES, in files."""

    def __init__(self, kind: str = DYNSEC) -> None:
        self.home = Home(Path(tempfile.mkdtemp(prefix="gatehouse-broker-")).resolve())
        self.home.create()
        self.kind = kind
        ports = {
            "GATEHOUSE_MQTT_PORT": str(free_port()),
            "GATEHOUSE_MQTT_BACKEND_PORT": str(free_port()),
        }
        choices = Choices(ports, {})
        self.plan = Plan.of(self.home, choices)
        self.part = broker.Broker(self.home, self.plan)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self.plan.broker_port

    @property
    def url(self) -> str:
        return self.plan.broker_url

    @property
    def accounts(self) -> DynamicSecurity | AccountFiles:
        """The adapter that updates this broker's accounts."""
        return DynamicSecurity(self.url) if self.kind == DYNSEC else AccountFiles(self.home)

    def start(self) -> "BareBroker":
        password = self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"]
        broker.create_broker_files(self.home, password, self.kind, self.part.system_user)
        plugin = find_plugin() if self.kind == DYNSEC else None
        conf = self.home.broker / "mosquitto.conf"
        text = broker.configuration(self.plan, self.home, plugin, tls=False)
        broker.write_for_broker(conf, text)
        user = self.part.system_user
        with (self.home.log / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [find_mosquitto(), "-c", str(conf)],
                stdout=log,
                stderr=log,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        records.save(self.home.run, "broker", self.process.pid)
        assert eventually(lambda: self.answers() or self.process.poll() is not None), self.log
        assert self.process.poll() is None, self.log
        return self

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def log(self) -> str:
        return (self.home.log / "broker.log").read_text()

    def backend(self, client_id: str = "") -> Client:
        """A client that signs in as the product does."""
        password = self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"]
        return Client(self.plan.backend_port, "backend", password, client_id=client_id)

    def device(self, account: Account, client_id: str = "", *, clean: bool | None = None) -> Client:
        """A client that signs in as that device does."""
        return Client(self.port, account.name, account.password, client_id=client_id, clean=clean)

    def lets_in(self, account: Account) -> bool:
        client = self.device(account)
        client.close()
        return client.connected.is_set()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        processes.end(self.process, number)

    def clear_away(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        shutil.rmtree(self.home.root)


def bare_broker(kind: str = DYNSEC) -> BareBroker:
    """Return a running broker; skip the test if mosquitto is not installed."""
    if kind == DYNSEC and find_plugin() is None:
        pytest.skip("mosquitto's dynamic security is not installed: its rules are not checked")
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: its rules are not checked")
    return BareBroker(kind).start()


__all__ = ["DYNSEC", "FILES", "BareBroker", "account", "bare_broker", "camera", "replace"]
