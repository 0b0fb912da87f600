"""Parse PUBLISH packets and build PUBACK packets, the most frequent packets of MQTT.

paho needs three reads and a dozen calls for each packet. Here a buffer of PUBLISH packets is parsed
in one loop, and their acknowledgements are built as one string. paho handles all other packets.

Source of the layout: MQTT 3.1.1 and MQTT 5.0 (OASIS), sections 2.1, 3.3 and 3.4.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

PUBLISH = 3
_PUBACK = 0x4002  # the packet's first two bytes: type, and remaining length 2
_MAX_TOPICS = 10_000
_topics: dict[bytes, str] = {}


class Message(NamedTuple):
    """One message of the broker.

    Attributes:
        topic: the topic it was published on.
        payload: its bytes.
        retained: whether it is a retained message, sent because of a new subscription.
        mid: the packet identifier; 0 for QoS 0, which is not acknowledged.
        generation: number of the connection it arrived on; the identifier is valid only there.
    """

    topic: str
    payload: bytes
    retained: bool
    mid: int
    generation: int


class Header(NamedTuple):
    """A packet's type and flags, and where its content begins and ends in a buffer."""

    kind: int
    flags: int
    begin: int
    end: int


def header(data: bytes, at: int) -> Header | None:
    """Return the header of the packet that begins there; None while it is incomplete.

    An invalid length yields a header of type 0, so that paho receives the packet and rejects it.
    """
    length, shift = 0, 0
    for place in range(at + 1, min(at + 5, len(data))):
        byte = data[place]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return Header(data[at] >> 4, data[at] & 0x0F, place + 1, place + 1 + length)
        shift += 7
    return Header(0, 0, at + 1, at + 6) if len(data) >= at + 6 else None


def publishes(
    data: bytes, at: int, generation: int, *, properties: bool
) -> tuple[list[Message], int]:
    """Parse complete PUBLISH packets, up to the first other packet.

    Args:
        data: received bytes.
        at: index of the first byte of a packet.
        generation: number of the connection, stored in the messages.
        properties: whether packets have properties, as in MQTT 5.

    Returns:
        The messages, and the index of the first byte that was not parsed.
    """
    found: list[Message] = []
    while (head := header(data, at)) and head.kind == PUBLISH and head.end <= len(data):
        message = _publish(data, head, generation, properties=properties)
        if message is None:
            break
        found.append(message)
        at = head.end
    return found, at


def _publish(data: bytes, head: Header, generation: int, *, properties: bool) -> Message | None:
    """Parse one packet; return None for QoS 2, which is not subscribed to, or if malformed."""
    _, flags, begin, end = head
    qos = flags >> 1 & 3
    at = begin + 2 + (data[begin] << 8 | data[begin + 1]) if begin + 2 <= end else end + 1
    topic = data[begin + 2 : at]
    mid = 0
    if qos and at + 2 <= end:
        mid = data[at] << 8 | data[at + 1]
        at += 2
    if properties:
        at = _skip_properties(data, at, end)
    if at > end or qos > 1 or bool(qos) != bool(mid):
        return None
    return Message(_text(topic), data[at:end], bool(flags & 1), mid, generation)


def _skip_properties(data: bytes, at: int, end: int) -> int:
    length, shift = 0, 0
    for place in range(at, min(at + 4, end)):
        length |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return place + 1 + length
        shift += 7
    return end + 1


def _text(topic: bytes) -> str:
    """Decode a topic; decoded topics are cached."""
    text = _topics.get(topic)
    if text is None:
        if len(_topics) >= _MAX_TOPICS:
            _topics.clear()
        text = _topics[topic] = topic.decode(errors="replace")
    return text


def pubacks(mids: Sequence[int]) -> bytes:
    """Return the PUBACK packets of these identifiers, in this order."""
    numbers = [_PUBACK] * (2 * len(mids))
    numbers[1::2] = mids
    return struct.pack(f">{len(numbers)}H", *numbers)
