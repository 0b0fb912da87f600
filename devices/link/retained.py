"""The messages that the broker retains: listed and removed over a connection of its own."""

import secrets
import ssl
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from devices.link.address import Address
from devices.link.client import CONNECT_TIMEOUT_S
from devices.ports import BrokerError

EVERYTHING = "#"
# Published after the subscription: when it arrives, all retained messages have arrived before it.
MARKER = "gatehouse/retained/marker"
TIMEOUT_S = 30.0


class RetainedMessages:
    """The broker's retained messages; a context manager.

    Args:
        url: the broker, with an account that may read and publish on every topic.

    Raises:
        BrokerError: from every operation, when the broker is unreachable or does not answer.
    """

    def __init__(self, url: str) -> None:
        self._address = address = Address.of(url)
        self._sizes: dict[str, int] = {}
        self._happened = threading.Condition()
        self._connected = self._complete = False
        self._marker = secrets.token_bytes(8)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self._client.username_pw_set(address.username, address.password)
        if address.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        """Connect."""
        try:
            self._client.connect(self._address.host, self._address.port)
        except OSError as error:
            raise BrokerError(f"{self._address} does not answer ({error})") from error
        self._client.loop_start()
        self._wait_until(lambda: self._connected)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def sizes(self) -> dict[str, int]:
        """Return the size in bytes of each retained message, by topic."""
        self._client.subscribe(EVERYTHING)
        self._client.publish(MARKER, self._marker, qos=1)
        self._wait_until(lambda: self._complete)
        self._client.unsubscribe(EVERYTHING)
        with self._happened:
            return dict(self._sizes)

    def remove(self, topics: Iterable[str]) -> None:
        """Remove the retained messages of these topics."""
        removals = [self._client.publish(topic, b"", qos=1, retain=True) for topic in topics]
        for removal in removals:
            try:
                removal.wait_for_publish(TIMEOUT_S)
            except (RuntimeError, ValueError) as error:
                raise BrokerError(f"{self._address} closed the connection") from error

    def _wait_until(self, happened: Callable[[], bool]) -> None:
        with self._happened:
            if not self._happened.wait_for(happened, TIMEOUT_S):
                raise BrokerError(f"{self._address} does not answer or rejects our account")

    def _on_connect(
        self, _client: object, _data: object, _flags: object, reason: Any, _properties: object
    ) -> None:
        with self._happened:
            self._connected = not reason.is_failure
            self._happened.notify_all()

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._happened:
            if message.retain:
                self._sizes[message.topic] = len(message.payload)
            elif message.topic == MARKER and message.payload == self._marker:
                self._complete = True
                self._happened.notify_all()
