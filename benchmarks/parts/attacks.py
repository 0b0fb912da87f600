"""What somebody can send who knows one device's password, at an even rate until the process ends.

`python benchmarks/parts/attacks.py ATTACK URL RATE` attacks with the account in the URL and prints
how many messages the broker accepted.
"""

import base64
import json
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.flood import SITE, connect, packet, publish, text  # noqa: E402
from devices.link.address import Address  # noqa: E402
from tests.core import hostile_images  # noqa: E402

TICKS = 20  # parts of a second in which messages are published
QOS_1, QOS_1_RETAINED = 0x32, 0x33
SCANS = 4_000
SENSORS = 500  # behind the gateway
_Message = tuple[str, bytes]


def invalid(device: str) -> Iterator[_Message]:
    """Yield messages of 200 bytes that are not JSON."""
    return ((f"gh/v1/{SITE}/{device}/up/event", b"x" * 200) for _ in count())


def large(device: str) -> Iterator[_Message]:
    """Yield messages of 20 kB that are not JSON."""
    return ((f"gh/v1/{SITE}/{device}/up/event", b"x" * 20_000) for _ in count())


def nested(device: str) -> Iterator[_Message]:
    """Yield messages of 500 kB with a hundred thousand values."""
    body = b"[" + b",".join([b"{}"] * 160_000) + b"]"
    return ((f"gh/v1/{SITE}/{device}/up/event", body) for _ in count())


def telemetry(device: str) -> Iterator[_Message]:
    """Yield valid measurements, each of them twice."""
    for n in count():
        body = {"v": 1, "id": n // 2, "at": datetime.now(UTC).isoformat(), "m": {"power_w": n}}
        yield f"gh/v1/{SITE}/{device}/up/telemetry", json.dumps(body).encode()


def retained(device: str) -> Iterator[_Message]:
    """Yield messages on the device's own topics and on invented ones."""
    own = ("event", "status", "ack", "telemetry")
    for n in count():
        channel = own[n % 8] if n % 8 < len(own) else f"more/{n}"
        yield f"gh/v1/{SITE}/{device}/up/{channel}", b"x" * 20_000


def plates(serial: str) -> Iterator[_Message]:
    """Yield the plates of cars at the camera's own lane, without photos."""
    return (camera_message(serial, n, license=base64_of(f"沪C{n:05d}".encode())) for n in count())


def photos(serial: str) -> Iterator[_Message]:
    """Yield progressive JPEGs of thousands of scans that show no plate."""
    costly = base64_of(hostile_images.jpeg_with_scans(SCANS, 640, 480))
    return (camera_message(serial, n, license=base64_of(b""), imageFile=costly) for n in count())


def gateway(device: str) -> Iterator[_Message]:
    """Yield messages of many sensors behind one gateway, none of which is over its budget yet."""
    return ((f"lora/{device}/{n % SENSORS}", b'{"mapped": "no"}') for n in count())


def takeover(_device: str) -> Iterator[_Message]:
    """Yield the client ids of other sessions, to connect under them."""
    return (("", name) for _ in count() for name in (b"gatehouse-gates", b"bench-8c5f01"))


ATTACKS: dict[str, Callable[[str], Iterator[_Message]]] = {
    each.__name__: each
    for each in (invalid, large, nested, telemetry, retained, plates, photos, gateway, takeover)
}


def camera_message(serial: str, n: int, **result: object) -> _Message:
    now = time.time()
    at = {"Timeval": {"sec": int(now), "usec": int(now % 1 * 1e6)}}
    plate = {"confidence": 99, "triggerType": 1, "timeStamp": at, **result}
    alarm = {"serialno": serial, "result": {"PlateResult": plate}}
    head = {"id": f"a{n}", "sn": serial, "name": "ivs_result", "timestamp": int(now)}
    body = {**head, "payload": {"AlarmInfoPlate": alarm}}
    return f"{serial}/device/message/up/ivs_result", json.dumps(body).encode()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _send(attack: str, address: Address, messages: list[_Message], link: object) -> None:
    if attack == "takeover":
        for _, client_id in messages:
            connect(address, client_id.decode()).close()
        return
    kind = QOS_1_RETAINED if attack == "retained" else QOS_1
    packets = [
        packet(kind, text(topic), struct.pack(">H", n + 1), payload)
        for n, (topic, payload) in enumerate(messages)
    ]
    publish(link, packets)


def main() -> None:
    """Attack until SIGTERM."""
    attack, url, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
    address = Address.of(url)
    messages = ATTACKS[attack](address.username or "")
    link = connect(address, "attacker")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print("begins", flush=True)
    ticks, sent, began = min(TICKS, rate), 0, time.perf_counter()
    try:
        for n in count(1):
            batch = [next(messages) for _ in range(rate // ticks)]
            _send(attack, address, batch, link)
            sent += len(batch)
            time.sleep(max(0.0, began + n / ticks - time.perf_counter()))
    finally:
        print(sent, f"{time.perf_counter() - began:.1f}", flush=True)


if __name__ == "__main__":
    main()
