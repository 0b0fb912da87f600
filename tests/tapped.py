"""A tap on a port of this machine: it passes everything on, and keeps what clients have sent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Tap:
    """What went through: the number of connections, and the bytes that clients sent."""

    port: int
    connections: int = 0
    sent: bytearray = field(default_factory=bytearray)


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """Listen in front of a server's port until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    tap = Tap(listening.getsockname()[1])
    thread = threading.Thread(target=_accept, args=(listening, port, tap), daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def _accept(listening: socket.socket, port: int, tap: Tap) -> None:
    with suppress(OSError):
        while True:
            client, _address = listening.accept()
            tap.connections += 1
            server = socket.create_connection(("127.0.0.1", port))
            for pair in ((client, server, tap.sent), (server, client, None)):
                threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            if kept is not None:
                kept += chunk
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
