"""A small MQTT client for the broker's tests, which stores what it receives."""

import threading

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.config.running import eventually


class Client:
    """One connection under one name; received messages are in `got` as (topic, payload)."""

    def __init__(
        self,
        port: int,
        name: str,
        password: str | None,
        client_id: str = "",
        *,
        clean: bool | None = None,
    ) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.connected = threading.Event()
        self.refused = threading.Event()
        self.gone = threading.Event()
        self.granted: list[bool] = []
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not client_id if clean is None else clean,
            reconnect_on_failure=False,
        )
        if password is not None:
            self.paho.username_pw_set(name, password)
        self.paho.on_connect = self._on_connect
        self.paho.on_disconnect = lambda *_: self.gone.set()
        self.paho.on_message = lambda _c, _u, message: self.got.append(
            (message.topic, message.payload)
        )
        self.paho.on_subscribe = lambda _c, _u, _m, codes, _p: self.granted.append(
            not codes[0].is_failure
        )
        self.paho.connect("127.0.0.1", port)
        self.paho.loop_start()
        assert eventually(lambda: self.connected.is_set() or self.refused.is_set())

    def _on_connect(self, _c: object, _u: object, _f: object, code: object, _p: object) -> None:
        (self.refused if code.is_failure else self.connected).set()

    def subscribe(self, topic: str) -> "Client":
        """Subscribe, and wait for the acknowledgement."""
        before = len(self.granted)
        self.paho.subscribe(topic, qos=1)
        assert eventually(lambda: len(self.granted) > before)
        return self

    def publish(self, topic: str, payload: bytes = b"{}") -> None:
        """Publish with QoS 1, and wait for the acknowledgement."""
        self.paho.publish(topic, payload, qos=1).wait_for_publish(20)

    def topics(self) -> list[str]:
        """The topics of what arrived, in order."""
        return [topic for topic, _ in self.got]

    def close(self) -> None:
        """Disconnect."""
        self.paho.disconnect()
        self.paho.loop_stop()


def enters(port: int, name: str, password: str | None) -> bool:
    """Return whether a broker at the port accepts this login."""
    try:
        client = Client(port, name, password)
    except ConnectionError:
        return False
    client.close()
    return client.connected.is_set()
