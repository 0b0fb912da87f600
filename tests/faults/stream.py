"""A stream of QoS 1 messages; each one counts as published when the broker has taken it."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from devices.link import Address

IN_FLIGHT = 500


class Publisher:
    """A client that publishes from a thread of its own, a part of the stream at a time."""

    def __init__(self, url: str, messages: Iterable[tuple[str, bytes]]) -> None:
        self._messages: Iterator[tuple[str, bytes]] = iter(messages)
        address = Address.of(url)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(address.username, address.password)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.connect(address.host, address.port)
        self._client.loop_start()

    def publish(self, n: int) -> threading.Thread:
        """Begin to publish the next ``n``; the thread ends when the broker has taken them all."""
        part = threading.Thread(target=self._publish, args=(list(islice(self._messages, n)),))
        part.start()
        return part

    def _publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        open_: deque[mqtt.MQTTMessageInfo] = deque()
        for topic, payload in messages:
            open_.append(self._client.publish(topic, payload, qos=1))
            if len(open_) >= IN_FLIGHT:
                open_.popleft().wait_for_publish(30)
        for info in open_:
            info.wait_for_publish(30)

    def stop(self) -> None:
        """Take leave of the broker."""
        self._client.disconnect()
        self._client.loop_stop()
