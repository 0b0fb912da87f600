"""A real web server, and pages' WebSockets to it, without a browser."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from config.http_protocol import TimedProtocol
from core.models import User
from tests.browsers import signed_in
from tests.config.running import eventually

PATIENCE = 10.0


@contextmanager
def live_server(application: Any = None, **more: Any) -> Iterator[str]:
    """Run Gatehouse, or another ASGI application, in a thread; yields its host and port.

    It runs in the process of the test, so that both have the same settings.

    Args:
        more: further options of uvicorn.
    """
    if application is None:
        from config.asgi import application

    options: Any = {"lifespan": "on", "http": TimedProtocol, "forwarded_allow_ips": ""}
    options |= {"log_level": "warning", **more}
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert eventually(lambda: server.started)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)


class LivePage:
    """One page's WebSocket, with the cookies of a signed-in browser."""

    def __init__(
        self, host: str, path: str, browser: Client | User | None = None, origin: str = ""
    ) -> None:
        client = signed_in(browser) if isinstance(browser, User) else browser
        cookies = client.cookies.items() if client else ()
        self.socket: ClientConnection = connect(
            f"ws://{host}{path}",
            origin=origin or f"http://{host}",
            additional_headers={
                "Cookie": "; ".join(f"{name}={each.value}" for name, each in cookies)
            },
        )

    def subscribe(self, *tokens: str) -> list[str]:
        """Subscribe to topics; returns those that the server admitted."""
        self.send({"subscribe": list(tokens)})
        return list(self.receive()["listening"])

    def send(self, message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self, patience: float = PATIENCE) -> Any:
        """Return the next message of the server."""
        return json.loads(self.socket.recv(timeout=patience))

    def receive_until(self, last: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the events of all bundles, up to and including the one with that event."""
        events: list[dict[str, Any]] = []
        while last not in events:
            events += self.receive()["events"]
        return events

    def is_silent(self, seconds: float = 0.7) -> bool:
        """Return whether the server is silent for so many seconds."""
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False

    def close_code(self, patience: float = PATIENCE) -> int:
        """Wait until the server closes the page, and return its code.

        Raises:
            TimeoutError: it stays open.
        """
        with suppress(ConnectionClosed):
            while True:
                self.receive(patience)
        assert self.socket.close_code is not None
        return self.socket.close_code

    def close(self) -> None:
        self.socket.close()
