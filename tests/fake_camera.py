"""A camera that hands out pictures by HTTP, with the manners of real ones."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import parse_http_list, parse_keqv_list

from tests.photos import jpeg

USER, PASSWORD, REALM, NONCE = "viewer", "p@ss:wörd", "camera 7", "dcd98b7102dd2f0e"


@dataclass
class FakeCamera:
    """What the camera answers, and what it was asked.

    Attributes:
        scheme: ``none``, ``basic``, ``digest`` or ``both``.
        algorithm: of Digest.
        body: the picture.
        status: of an answer to a request that may be made.
        asked: the Authorization headers of the requests.
    """

    scheme: str = "none"
    algorithm: str = "MD5"
    qop: str = "auth"
    body: bytes = field(default_factory=lambda: jpeg(320, 180))
    status: int = 200
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def challenge(self) -> list[str]:
        """Return the WWW-Authenticate headers."""
        qop = f', qop="{self.qop}"' if self.qop else ""
        digest = (
            f'Digest realm="{REALM}", nonce="{NONCE}", algorithm={self.algorithm}{qop}, opaque="x"'
        )
        offers = {"basic": [f'Basic realm="{REALM}"'], "digest": [digest]}
        return offers.get(self.scheme, offers["basic"] + offers["digest"])

    def admits(self, header: str, uri: str) -> bool:
        """Return whether a request may be made."""
        if self.scheme == "none":
            return True
        name, _space, rest = header.partition(" ")
        if name == "Basic" and self.scheme in ("basic", "both"):
            return base64.b64decode(rest).decode() == f"{USER}:{PASSWORD}"
        return name == "Digest" and self.scheme != "basic" and self._is_right(rest, uri)

    def _is_right(self, rest: str, uri: str) -> bool:
        sent = parse_keqv_list(parse_http_list(rest))
        hashed = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5

        def digest(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        owner, request = digest(f"{USER}:{REALM}:{PASSWORD}"), digest(f"GET:{uri}")
        middle = f"{NONCE}:{sent['nc']}:{sent['cnonce']}:auth" if self.qop else NONCE
        expected = digest(f"{owner}:{middle}:{request}")
        return sent["response"] == expected and sent["uri"] == uri and sent["opaque"] == "x"


@contextmanager
def running_camera(**manners: object) -> Iterator[FakeCamera]:
    """Run a camera on a free port for the block."""
    camera = FakeCamera(**manners)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            header = self.headers.get("Authorization", "")
            camera.asked.append(header)
            if not camera.admits(header, self.path):
                self.send_response(401)
                for offer in camera.challenge():
                    self.send_header("WWW-Authenticate", offer)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(camera.status)
            if camera.status in (301, 302):
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(camera.body)))
            self.end_headers()
            self.wfile.write(camera.body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    camera.url = f"http://127.0.0.1:{server.server_port}/snap.jpg?channel=1"
    try:
        yield camera
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
