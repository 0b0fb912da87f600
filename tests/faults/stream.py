"""A stream of QoS 1 messages; each counts as published once the broker has acknowledged it."""

import threading
from collections.abc import Iterable, Iterator
from itertools import islice

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from devices.link import Address

IN_FLIGHT = 500
PATIENCE_S = 60.0


class Publisher:
    """A client that publishes in a thread, a part of the stream at a time.

    It survives restarts of the broker: unacknowledged messages are sent again.
    """

    def __init__(self, url: str, messages: Iterable[tuple[str, bytes]]) -> None:
        self._messages: Iterator[tuple[str, bytes]] = iter(messages)
        self._sent = self._taken = 0
        self._changed = threading.Condition()
        address = Address.of(url)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(address.username, address.password)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._count
        self._client.connect(address.host, address.port)
        self._client.loop_start()

    def publish(self, n: int) -> threading.Thread:
        """Start to publish the next ``n``; the thread ends once all are acknowledged."""
        part = threading.Thread(target=self._publish, args=(list(islice(self._messages, n)),))
        part.start()
        return part

    def _publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        for topic, payload in messages:
            self._wait_for(self._sent - IN_FLIGHT)
            with self._changed:
                self._sent += 1
            self._client.publish(topic, payload, qos=1)
        self._wait_for(self._sent)

    def _wait_for(self, n: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._taken >= n, PATIENCE_S)

    def _count(self, *_: object) -> None:
        with self._changed:
            self._taken += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Disconnect from the broker."""
        self._client.disconnect()
        self._client.loop_stop()
