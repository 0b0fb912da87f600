"""Requests to the outside go through core.guarded_http: nothing else imports a client of HTTP."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

CLIENTS = ("requests", "urllib3", "httpx", "aiohttp", "http.client", "urllib.request", "pycurl")
# The guard itself. Stripe's library has its own client, for the one address that it knows.
ALLOWED = {
    "platform/core/guarded_http.py",
    "integrations/cameras/authentication.py",  # the parser of a header
    "devices/simulator/door_photos.py",  # plays a terminal, which fetches what an order names
}
ROOMS = ("platform", "devices", "gis", "integrations")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def is_client(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in CLIENTS)


def test_no_other_module_makes_requests():
    root = Path(settings.BASE_DIR)
    found = {
        str(path.relative_to(root))
        for room in ROOMS
        for path in (root / room).rglob("*.py")
        if any(is_client(name) for name in imports_of(path))
    }
    assert found - ALLOWED == set()
