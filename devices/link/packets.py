"""The two packets of MQTT that come and go by the thousand: PUBLISH in, PUBACK out.

paho takes each packet through three reads and a dozen calls. Here a whole buffer of PUBLISH packets
is read in one loop, and their acknowledgements are made as one text. Everything else stays paho's.

Source of the layout: MQTT 3.1.1 and MQTT 5.0 (OASIS), sections 2.1, 3.3 and 3.4.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

PUBLISH = 3
_PUBACK = 0x4002  # the packet's first two bytes: its type, and that two more follow
_MOST_TOPICS = 10_000
_topics: dict[bytes, str] = {}


class Message(NamedTuple):
    """One message of the broker.

    Attributes:
        topic: where it was published.
        payload: its bytes.
        retained: whether the broker had kept it for whoever subscribes.
        mid: the packet's number, 0 for QoS 0, of which nothing is acknowledged.
        generation: of the connection that it came by; only there the number means anything.
    """

    topic: str
    payload: bytes
    retained: bool
    mid: int
    generation: int


class Header(NamedTuple):
    """A packet's kind, and where it begins and ends in a buffer behind its fixed header."""

    kind: int
    flags: int
    begin: int
    end: int


def header(data: bytes, at: int) -> Header | None:
    """Return the header of the packet that begins there; None while it is not whole.

    A length that no packet may have counts as none at all, so that paho is asked and refuses it.
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
    """Read the PUBLISH packets that are whole from there on, up to the first other packet.

    Args:
        data: what came, from the beginning of a packet.
        at: where to begin.
        generation: of the connection, for the messages.
        properties: whether packets have them: in MQTT 5.

    Returns:
        The messages, and where the first byte lies that was not read.
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
    """Read one; None for QoS 2, which nobody asked for, and for what is malformed."""
    _, flags, begin, end = head
    qos = flags >> 1 & 3
    at = begin + 2 + (data[begin] << 8 | data[begin + 1]) if begin + 2 <= end else end + 1
    topic = data[begin + 2 : at]
    mid = 0
    if qos and at + 2 <= end:
        mid = data[at] << 8 | data[at + 1]
        at += 2
    if properties:
        at = _behind_properties(data, at, end)
    if at > end or qos > 1 or bool(qos) != bool(mid):
        return None
    return Message(_text(topic), data[at:end], bool(flags & 1), mid, generation)


def _behind_properties(data: bytes, at: int, end: int) -> int:
    length, shift = 0, 0
    for place in range(at, min(at + 4, end)):
        length |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return place + 1 + length
        shift += 7
    return end + 1


def _text(topic: bytes) -> str:
    """Decode the topic; the same few come again and again."""
    known = _topics.get(topic)
    if known is None:
        if len(_topics) >= _MOST_TOPICS:
            _topics.clear()
        known = _topics[topic] = topic.decode(errors="replace")
    return known


def pubacks(mids: Sequence[int]) -> bytes:
    """Return the acknowledgements of these packets, in this order."""
    numbers = [_PUBACK] * (2 * len(mids))
    numbers[1::2] = mids
    return struct.pack(f">{len(numbers)}H", *numbers)
