"""A proxy on this machine that makes tunnels (CONNECT), as smokescreen does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.ports import free_port


class Proxy:
    """A running proxy, and what it was asked for.

    Attributes:
        asked: the targets of its tunnels.
        headers: of each request for a tunnel, with names in lower case.
        refuses: answers 403 to each request.
    """

    def __init__(self, hangs: bool) -> None:
        self.port = free_port()
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.refuses, self.hangs = False, hangs
        self.ends = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def do_CONNECT(self) -> None:
        self.proxy.asked.append(self.path)
        self.proxy.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.proxy.hangs:
            self.proxy.ends.wait()
            return
        if self.proxy.refuses:
            self.send_error(403)
            return
        host, _colon, port = self.path.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as target:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_copy, args=[target, self.connection])
            back.start()
            _copy(self.connection, target)
            back.join()

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Hand on what arrives, until its sender ends."""
    with suppress(OSError):
        while found := source.recv(16_384):
            target.sendall(found)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def running(*, hangs: bool = False) -> Iterator[Proxy]:
    """Serve on 127.0.0.1 until the block ends."""
    proxy = Proxy(hangs)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", proxy.port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.ends.set()
            server.shutdown()
            thread.join()
