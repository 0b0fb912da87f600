"""What a session listens to, and what of it the broker has confirmed."""

from collections.abc import Sequence
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.link.client import Connection


class Subscriptions:
    """The filters of one session, over all its connections.

    Args:
        topics: the filters.
        qos: of the subscriptions.
        group: the name of the group that shares the messages, each of which goes to one member;
            None where every message is ours. Where the broker has no shared subscriptions, which
            MQTT 3.1.1 does not know, every message is ours all the same (`shared` is false then).
    """

    def __init__(self, topics: Sequence[str], qos: int, group: str | None) -> None:
        self.topics = list(topics)
        self.shared = False
        self._qos = qos
        self.group = group
        self._client: Connection | None = None
        self._refused = False
        self._asked: dict[int | None, list[str]] = {}  # by the packet that asked for them
        self._farewells: set[int | None] = set()  # unsubscriptions that are not confirmed yet

    def opened(self, client: Connection, *, shares: bool, resumed: bool) -> None:
        """Subscribe on a new connection.

        Args:
            client: the connection.
            shares: whether its broker has shared subscriptions.
            resumed: whether the broker knew the session, and so what it listened to before.
        """
        self._client = client
        self.shared = shares and self.group is not None
        if self.group is not None and resumed:
            self.forget([*map(self._in_group, self.topics)] if not self.shared else self.topics)
        self._ask_for(self.topics)

    def closed(self) -> None:
        """The connection is gone, and with it what was not answered yet."""
        self._client = None
        self._refused = False
        self._asked.clear()
        self._farewells.clear()

    @property
    def complete(self) -> bool:
        """Whether the broker has confirmed them all."""
        return not self.topics or (
            self._client is not None and not self._asked and not self._refused
        )

    @property
    def forgotten(self) -> bool:
        """Whether the broker has confirmed every `forget` of this connection."""
        return self._client is not None and not self._farewells

    def listen_to(self, topics: Sequence[str]) -> None:
        """Listen to these filters and no others; those that stay are not disturbed."""
        gone = [topic for topic in self.topics if topic not in set(topics)]
        added = [topic for topic in topics if topic not in set(self.topics)]
        self.topics = list(topics)
        self.forget([self._in_group(topic) for topic in gone] if self.shared else gone)
        self._ask_for(added)

    def forget(self, filters: Sequence[str]) -> None:
        """Ask the broker to send no more of what these filters match."""
        if self._client is not None and filters:
            _, mid = self._client.unsubscribe(list(filters))
            self._farewells.add(mid)

    def confirmed(self, mid: int, reasons: Sequence[ReasonCode]) -> list[str]:
        """Take the answer to a subscription and return the filters that are refused."""
        asked = self._asked.pop(mid, [])
        refused = [t for t, r in zip(asked, reasons, strict=False) if r.is_failure]
        self._refused = self._refused or bool(refused)
        return refused

    def ended(self, mid: int) -> None:
        """Take the answer to a `forget`."""
        self._farewells.discard(mid)

    def _ask_for(self, topics: Sequence[str]) -> None:
        if self._client is None or not topics:
            return
        filters = [self._in_group(topic) if self.shared else topic for topic in topics]
        options = self._options(self._client)
        _, mid = self._client.subscribe([(each, options) for each in filters])
        self._asked[mid] = filters

    def _options(self, client: Connection) -> Any:
        if client.protocol != MQTTProtocolVersion.MQTTv5:
            return self._qos
        # Retained messages only when the broker did not know the subscription yet.
        return SubscribeOptions(self._qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)

    def _in_group(self, topic: str) -> str:
        return in_group(self.group or "", topic)


def in_group(group: str, topic: str) -> str:
    """Return the filter under which the group's members share the topic's messages."""
    return f"$share/{group}/{topic}"
