"""A real mosquitto of a test's own, and a device's side of it."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from config.appliance.broker import find_mosquitto
from tests import processes

# A process that starts on a busy machine needs half a minute.
PATIENCE_S = 60.0
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes false
max_queued_messages 100000
max_inflight_messages 2000
set_tcp_nodelay true
{user}
"""


def eventually(happened: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """Poll until it is true and return it; the last answer when the deadline comes first."""
    deadline = time.monotonic() + seconds
    while not (answer := happened()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


class Broker:
    """mosquitto on a free port, which keeps its messages over a restart."""

    def __init__(self, folder: Path, *extra: str) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None
        user = "user root" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(port=self.port, folder=folder, user=user)
        (folder / "mosquitto.conf").write_text(text + "\n".join(extra) + "\n")

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> "Broker":
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [find_mosquitto(), "-c", str(self.folder / "mosquitto.conf")],
                stdout=log,
                stderr=log,
            )
        assert eventually(self.answers), (self.folder / "mosquitto.log").read_text()
        return self

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        processes.end(self.process, number)


class FieldDevice:
    """A device's own client: it publishes, and collects the messages it receives, in order."""

    def __init__(
        self, broker: Broker, listens_to: str = "#", account: tuple[str, str] | None = None
    ) -> None:
        self.got: list[tuple[str, bytes]] = []
        self._subscribed = threading.Event()
        self.paho = paho.Client(CallbackAPIVersion.VERSION2)
        # It subscribes again before a process that waits longer publishes to it.
        self.paho.reconnect_delay_set(min_delay=0.05, max_delay=0.2)
        if account:
            self.paho.username_pw_set(*account)
        self.paho.on_subscribe = lambda *_: self._subscribed.set()
        self.paho.on_message = lambda _c, _d, message: self.got.append(
            (message.topic, message.payload)
        )
        self.paho.on_connect = lambda client, *_: client.subscribe(listens_to, qos=1)
        self.paho.connect("127.0.0.1", broker.port)
        self.paho.loop_start()
        assert self._subscribed.wait(PATIENCE_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait until the broker has it."""
        self.paho.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def received(self, topic: str, n: int = 1) -> list[dict[str, Any]]:
        """Wait for ``n`` messages on the topic and return all that came, parsed as JSON."""
        eventually(lambda: len(self._on(topic)) >= n)
        return [json.loads(payload) for payload in self._on(topic)]

    def received_bytes(self, topic: str, n: int = 1) -> list[bytes]:
        """Wait as `received` does, and return the raw messages."""
        eventually(lambda: len(self._on(topic)) >= n)
        return self._on(topic)

    def _on(self, topic: str) -> list[bytes]:
        return [payload for where, payload in list(self.got) if where == topic]

    def leave(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()
