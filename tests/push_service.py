"""A push service as browsers' makers run it, and browsers that decrypt what they are sent."""

import base64
import json
import secrets
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from core.guarded_http import GuardedHttp
from tests.certificates import certificate, new_key, written


@dataclass
class Browser:
    """A browser that has subscribed at the service."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def keys(self) -> dict[str, str]:
        """What the browser tells the page."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _encoded(point), "auth": _encoded(self.secret)}

    @property
    def subscription(self) -> dict[str, Any]:
        """The subscription as JSON, as a page sends it."""
        return {"endpoint": self.endpoint, "keys": self.keys}

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """Decrypt a message; another browser's fails."""
        found: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret)
        )
        return found


@dataclass
class Received:
    """One request to the service."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """The service, running inside its ``with`` block.

    Attributes:
        received: the messages that it accepted.
        answers: the status by path, instead of 201.
        hangs: the paths that are not answered before `release`.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, int] = {}
        self.hangs: set[str] = set()
        self.waiting = threading.Semaphore(0)
        self._released = threading.Event()
        key = new_key()
        self.authority = certificate(key, "127.0.0.1")
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = service.accept(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(self.authority + written(key))
            file.flush()
            context.load_cert_chain(file.name)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "PushService":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def accept(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Verify the signature as a service does, and keep the message."""
        if path in self.hangs:
            self.waiting.release()
            self._released.wait(30)
        status = self.answers.get(path, 201)
        if not Vapid02.verify(headers["Authorization"]):
            return 403
        if status == 201:
            self.received.append(Received(path, headers, body))
        return status

    def release(self) -> None:
        """Answer what hangs."""
        self._released.set()

    def browser(self, name: str = "one") -> Browser:
        """A browser that has just subscribed."""
        return Browser(f"https://127.0.0.1:{self._server.server_address[1]}/push/{name}")

    def client(self) -> GuardedHttp:
        """A client that may reach this machine, and trusts the service's certificate."""
        return GuardedHttp([ip_network("127.0.0.0/8")], ca_pem=self.authority)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
