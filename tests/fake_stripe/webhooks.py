"""Webhooks as Stripe sends them: the body and a timestamp, signed with the endpoint's secret.

The signature is implemented from Stripe's documentation, not taken from the SDK that verifies it: https://docs.stripe.com/webhooks/signature
"""

import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

Deliver = Callable[[bytes, str], None]
WAITS = [0, 1, 5, 30, 120]  # seconds before each attempt


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """Return the header ``Stripe-Signature`` of a body."""
    moment = int(time.time()) if at is None else at
    signed = f"{moment}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def to_address(url: str) -> Deliver:
    """Return a function that delivers to a URL in the background, until it is accepted."""

    def deliver(body: bytes, signature: str) -> None:
        threading.Thread(target=_post, args=(url, body, signature), daemon=True).start()

    return deliver


def dumped(event: dict[str, Any]) -> bytes:
    """Return an event's body."""
    return json.dumps(event, indent=2).encode()


def _post(url: str, body: bytes, signature: str) -> None:
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    for wait in WAITS:
        time.sleep(wait)
        try:
            request = urllib.request.Request(url, body, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=60):  # noqa: S310
                return
        except OSError as error:
            print(f"{url} did not take the event: {error}")  # noqa: T201
