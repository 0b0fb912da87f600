"""Fetch the photo of a person from the address in an order, as a face terminal does."""

from http.client import HTTPException
from urllib.request import urlopen

_TIMEOUT_S = 3
_MOST_BYTES = 1024 * 1024
_JPEG = b"\xff\xd8"


def is_fetched(url: str) -> bool:
    """Whether there is a JPEG at an address. The terminal keeps what it computes from it."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - checked above
            return bool(answer.read(_MOST_BYTES).startswith(_JPEG))
    except (OSError, HTTPException, ValueError):
        return False
