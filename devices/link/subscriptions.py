"""The subscriptions of a session, and which of them the broker has confirmed."""

from collections.abc import Sequence
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.link.client import Connection


class Subscriptions:
    """The topic filters of one session, across its connections.

    Args:
        topics: the filters.
        qos: QoS of the subscriptions.
        group: name of a shared subscription, where each message goes to one member; None where
            this session receives every message. So it does, and `shared` is false, when the broker
            has no shared subscriptions, as with MQTT 3.1.1.
    """

    def __init__(self, topics: Sequence[str], qos: int, group: str | None) -> None:
        self.topics = list(topics)
        self.shared = False
        self._qos = qos
        self.group = group
        self._client: Connection | None = None
        self._rejected = False
        self._pending: dict[int | None, list[str]] = {}  # by the packet identifier of SUBSCRIBE
        self._unsubscribing: set[int | None] = (
            set()
        )  # packet identifiers of unconfirmed UNSUBSCRIBEs

    def opened(self, client: Connection, *, shares: bool, resumed: bool) -> None:
        """Subscribe on a new connection.

        Args:
            client: the connection.
            shares: whether its broker has shared subscriptions.
            resumed: whether the broker resumed the session with its subscriptions.
        """
        self._client = client
        self.shared = shares and self.group is not None
        if self.group is not None and resumed:
            self.unsubscribe(
                [*map(self._in_group, self.topics)] if not self.shared else self.topics
            )
        self._subscribe(self.topics)

    def closed(self) -> None:
        """Reset what the lost connection has not confirmed."""
        self._client = None
        self._rejected = False
        self._pending.clear()
        self._unsubscribing.clear()

    @property
    def complete(self) -> bool:
        """Whether the broker has confirmed all subscriptions."""
        return not self.topics or (
            self._client is not None and not self._pending and not self._rejected
        )

    @property
    def unsubscribed(self) -> bool:
        """Whether the broker has confirmed every `unsubscribe` of this connection."""
        return self._client is not None and not self._unsubscribing

    def subscribe_only(self, topics: Sequence[str]) -> None:
        """Subscribe to these filters and unsubscribe from others; existing ones are kept."""
        removed = [topic for topic in self.topics if topic not in set(topics)]
        added = [topic for topic in topics if topic not in set(self.topics)]
        self.topics = list(topics)
        self.unsubscribe([self._in_group(topic) for topic in removed] if self.shared else removed)
        self._subscribe(added)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Unsubscribe from these filters."""
        if self._client is not None and filters:
            _, mid = self._client.unsubscribe(list(filters))
            self._unsubscribing.add(mid)

    def confirmed(self, mid: int, reasons: Sequence[ReasonCode]) -> list[str]:
        """Record the answer to a subscription and return the rejected filters."""
        filters = self._pending.pop(mid, [])
        rejected = [t for t, r in zip(filters, reasons, strict=False) if r.is_failure]
        self._rejected = self._rejected or bool(rejected)
        return rejected

    def ended(self, mid: int) -> None:
        """Record the answer to an `unsubscribe`."""
        self._unsubscribing.discard(mid)

    def _subscribe(self, topics: Sequence[str]) -> None:
        if self._client is None or not topics:
            return
        filters = [self._in_group(topic) if self.shared else topic for topic in topics]
        options = self._options(self._client)
        _, mid = self._client.subscribe([(each, options) for each in filters])
        self._pending[mid] = filters

    def _options(self, client: Connection) -> Any:
        if client.protocol != MQTTProtocolVersion.MQTTv5:
            return self._qos
        # Retained messages are requested only with a new subscription.
        return SubscribeOptions(self._qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)

    def _in_group(self, topic: str) -> str:
        return in_group(self.group or "", topic)


def in_group(group: str, topic: str) -> str:
    """Return the filter of a shared subscription."""
    return f"$share/{group}/{topic}"
