"""What one account can occupy of the broker's memory."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from benchmarks.parts.flood import connect, packet, text
from config.appliance.broker import MAX_IN_FLIGHT_BYTES
from devices.link import Address
from tests.config.bare_broker import BareBroker, account, bare_broker

_PUBLISH_QOS_2 = 0x34
SIZE = 2_000_000


@pytest.fixture
def broker() -> Iterator[BareBroker]:
    made = bare_broker()
    yield made
    made.clear_away()


@contextmanager
def read_in_background(link: socket.socket) -> Iterator[None]:
    """Read what the broker sends, and answer nothing of it; close the connection at the end."""

    def read() -> None:
        with suppress(ConnectionResetError):
            while link.recv(65536):
                pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield
    finally:
        with suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
        reader.join(20)
        link.close()


def test_messages_that_a_device_never_releases_do_not_fill_the_memory(broker: BareBroker) -> None:
    device = account("bay-7")
    broker.accounts.put([device])
    process = psutil.Process(broker.process.pid)
    before = process.memory_info().rss
    url = Address("127.0.0.1", broker.port, username=device.name, password=device.password)
    link = connect(url, "any")
    topic, n = text("gh/v1/park/bay-7/up/event"), 2 * MAX_IN_FLIGHT_BYTES // SIZE
    with read_in_background(link):  # the PUBRECs
        for mid in range(1, n):
            link.sendall(packet(_PUBLISH_QOS_2, topic, struct.pack(">H", mid), b"x" * SIZE))
        # All but what is in the sockets' buffers has arrived by now.
        assert process.memory_info().rss - before < 1.25 * MAX_IN_FLIGHT_BYTES
