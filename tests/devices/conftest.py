"""A real broker and the real gates process, for the tests that need them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

import core.events
from config.appliance.broker import find_mosquitto
from config.appliance.places import CODE
from tests import bus
from tests.devices.broker import PATIENCE_S, Broker, FieldDevice, eventually
from tests.live import announcements


@pytest.fixture
def heard() -> Iterator[Callable[[type], list]]:
    """Collect the events of a type that are published, in addition to the apps' handlers."""
    with ExitStack() as subscriptions:

        def collect(event_type: type) -> list:
            collected: list = []
            append = collected.append
            core.events.subscribe(event_type, append)
            subscriptions.callback(core.events.unsubscribe, event_type, append)
            return collected

        yield collect


@pytest.fixture
def only_handlers() -> Iterator[Callable[..., None]]:
    """Replace the handlers of an event type until the end of the test."""
    with ExitStack() as replaced:

        def replace(event_type: type, *handlers: Callable[..., None]) -> None:
            replaced.enter_context(bus.only_handlers(event_type, *handlers))

        yield replace


@pytest.fixture
def announced(db: None) -> Callable[[], list[tuple[str, int]]]:
    """Return what was announced to open pages in this test's transaction: (topic, site)."""
    return lambda: [(topic, site_id) for topic, site_id, _ in announcements()]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto that runs, and may be killed and started again."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the link is not tried against a real broker")
    made = Broker(tmp_path).start()
    yield made
    made.stop()


@pytest.fixture
def device(broker: Broker) -> Iterator[FieldDevice]:
    """A device's client, subscribed to every topic."""
    made = FieldDevice(broker)
    yield made
    made.leave()


class GatesProcess:
    """`manage.py ingest gates` on the test's own database and broker."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._environment = {**os.environ, "MQTT_URL": broker.url, "DATABASE_URL": _database()}
        self._log = folder / "gates.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "GatesProcess":
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(CODE / "manage.py"), "ingest", "gates"],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        return self

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """As the supervisor does; returns the exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    @property
    def listens(self) -> bool:
        """Whether the broker knows what it listens to."""
        return "gatehouse-gates listens" in self.log

    @property
    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture
def gates(transactional_db: None, broker: Broker, tmp_path: Path) -> Iterator[GatesProcess]:
    """The gates process, which runs and listens."""
    made = GatesProcess(broker, tmp_path).start()
    assert eventually(lambda: made.listens or made.process.poll() is not None)
    assert made.listens, made.log
    yield made
    sys.stdout.write(made.log)  # pytest shows it when the test failed
    if made.process.poll() is None:
        made.stop()


def _database() -> str:
    """The test's database as a URL for another process."""
    params = connection.get_connection_params()
    login = quote(params.get("user", "postgres"), safe="")
    if params.get("password"):
        login += ":" + quote(params["password"], safe="")
    place = {name: params[name] for name in ("host", "port", "sslmode") if params.get(name)}
    return f"postgres://{login}@/{params['dbname']}?{urlencode(place)}"
