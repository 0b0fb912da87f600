"""What comes by the thousand is read whole, however the network cut it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.link import packets
from devices.link.packets import Message

PINGRESP = bytes([0xD0, 0])


def published(
    topic: str, payload: bytes, mid: int, *, v5: bool, expiry: int | None = None
) -> bytes:
    """A PUBLISH packet; QoS 0 where ``mid`` is 0, and with a property where it is of MQTT 5."""
    name = topic.encode()
    properties = b"" if expiry is None else struct.pack(">BI", 2, expiry)
    parts = [
        struct.pack(">H", len(name)) + name,
        struct.pack(">H", mid) if mid else b"",
        bytes([len(properties)]) + properties if v5 else b"",
        payload,
    ]
    body = b"".join(parts)
    return bytes([0x32 if mid else 0x30]) + varint(len(body)) + body


def varint(n: int) -> bytes:
    """A length in groups of seven bits, the lowest first."""
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1)
publishes = st.lists(
    st.tuples(texts, st.binary(max_size=300), st.integers(0, 65535), st.none() | st.just(9)),
    max_size=5,
)


@given(said=publishes, v5=st.booleans(), cut=st.integers(0, 2000))
def test_every_message_is_read_once_it_is_whole(said, v5, cut):
    stream = b"".join(published(t, p, mid, v5=v5, expiry=e) for t, p, mid, e in said)
    first, end = packets.publishes(stream[:cut], 0, 1, properties=v5)
    rest, rest_end = packets.publishes(stream, end, 1, properties=v5)
    assert rest_end == len(stream)
    assert first + rest == [Message(t, p, False, mid, 1) for t, p, mid, _ in said]


def test_reading_stops_at_a_packet_of_another_kind():
    message = published("up/a", b"x", 7, v5=True)
    found, end = packets.publishes(message + PINGRESP + message, 0, 1, properties=True)
    assert (len(found), end) == (1, len(message))


def test_the_flag_of_a_retained_message_is_read():
    message = bytearray(published("up/a", b"x", 7, v5=False))
    message[0] |= 1
    ((retained,), _) = packets.publishes(bytes(message), 0, 1, properties=False)
    assert retained.retained


@pytest.mark.parametrize(
    "malformed",
    [
        bytes([0x32, 1, 0]),
        bytes([0x32, 4, 0, 9, 65, 66]),
        bytes([0x32, 5, 0, 1, 65, 0, 0]),
        bytes([0x34, 5, 0, 1, 65, 0, 7]),
        bytes([0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
    ],
    ids=["no topic", "topic too long", "packet number 0", "QoS 2", "endless length"],
)
def test_what_is_malformed_or_of_another_qos_is_left_to_paho(malformed):
    assert packets.publishes(malformed, 0, 1, properties=False) == ([], 0)


@given(st.binary(max_size=40), st.booleans())
def test_no_bytes_break_the_reader(data, v5):
    _, end = packets.publishes(data, 0, 1, properties=v5)
    assert 0 <= end <= len(data)


def test_acknowledgements_are_one_text_in_order():
    assert packets.pubacks([1, 65535]) == struct.pack(">BBHBBH", 0x40, 2, 1, 0x40, 2, 65535)
    assert packets.pubacks([]) == b""
