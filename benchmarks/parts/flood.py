"""Devices that publish as fast as the broker accepts it, at little CPU cost.

`python benchmarks/parts/flood.py URL PREFIX FIRST LAST N METRICS BEGIN` prepares the packets of N
messages (QoS 1) of the devices FIRST to LAST - 1, prints `ready`, waits for a line, publishes them,
and prints the CPU seconds used.
"""

import json
import socket
import struct
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from devices.link.address import Address  # noqa: E402

SITE = "bench"
IN_FLIGHT = 200  # per publisher
_CONNECT, _PUBLISH_QOS_1 = 0x10, 0x32
_V3_1_1, _CLEAN_WITH_LOGIN = 4, 0xC2
_PUBACK_BYTES = 4


def payload(device: int, nth: int, metrics: int, begin: datetime) -> bytes:
    """Return the payload of a device's nth message, whose values differ from all others."""
    at = begin + timedelta(milliseconds=nth)
    values = {f"metric.{m}": value_of(device, nth, m) for m in range(metrics)}
    body = {"v": 1, "id": f"{nth:x}", "at": at.isoformat(), "m": values}
    return json.dumps(body).encode()


def value_of(device: int, nth: int, metric: int) -> float:
    """Return the value of one metric of a message."""
    return nth + device + metric / 8


def topic_of(prefix: str, device: int) -> str:
    """Return the topic on which that device publishes."""
    return f"{prefix}/v1/{SITE}/meter-{device}/up/telemetry"


def stream(first: int, last: int, n: int) -> Iterator[tuple[int, int]]:
    """Yield device and number of each of ``n`` messages, the devices in turns."""
    devices = last - first
    return ((first + i % devices, i // devices) for i in range(n))


def packet(kind: int, *fields: bytes) -> bytes:
    """Encode an MQTT packet; its length is a varint, seven bits a byte, the lowest first."""
    body = b"".join(fields)
    length, size = len(body), b""
    while length > 0x7F:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([kind]) + size + bytes([length]) + body


def text(value: str) -> bytes:
    """Encode a string as MQTT does, after its length."""
    return struct.pack(">H", len(value.encode())) + value.encode()


def connect(address: Address, name: str) -> socket.socket:
    """Open a connection with a clean session."""
    link = socket.create_connection((address.host, address.port))
    flags = struct.pack(">BBH", _V3_1_1, _CLEAN_WITH_LOGIN, 0)
    login = (text(name), text(address.username or ""), text(address.password or ""))
    link.sendall(packet(_CONNECT, text("MQTT"), flags, *login))
    if link.recv(4)[3:] != b"\0":
        raise ConnectionError(f"{address} rejected the publisher")
    return link


def publish(link: socket.socket, packets: list[bytes]) -> None:
    """Publish all packets, at most `IN_FLIGHT` unacknowledged at a time."""
    for begin in range(0, len(packets), IN_FLIGHT):
        part = packets[begin : begin + IN_FLIGHT]
        link.sendall(b"".join(part))
        missing = _PUBACK_BYTES * len(part)
        while missing:
            missing -= len(link.recv(missing))


def main() -> None:
    """Run one publisher."""
    url, prefix, *numbers, began = sys.argv[1:]
    first, last, n, metrics = map(int, numbers)
    begin = datetime.fromisoformat(began)
    packets = [
        packet(
            _PUBLISH_QOS_1,
            text(topic_of(prefix, device)),
            struct.pack(">H", i % IN_FLIGHT + 1),
            payload(device, nth, metrics, begin),
        )
        for i, (device, nth) in enumerate(stream(first, last, n))
    ]
    link = connect(Address.of(url), f"flood-{prefix}-{first}")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    before = time.process_time()
    publish(link, packets)
    sys.stdout.write(f"{time.process_time() - before}\n")


if __name__ == "__main__":
    main()
