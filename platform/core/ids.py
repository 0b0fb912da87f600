"""Identifiers: sortable ones for rows, unguessable ones for URLs."""

import secrets
import time

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# Two characters at once, the first of them changing fastest.
_PAIRS = [first + second for second in _ALPHABET for first in _ALPHABET]
# Bytes more than an id holds, so that all its characters are equally likely.
_SPARE = 8


def public_id(length: int = 20) -> str:
    """Return an unguessable id for a URL (about 99 bits at 20 characters).

    Its alphabet has no characters that are easily confused with each other.
    """
    return encode(secrets.token_bytes(length * 5 // 8 + _SPARE), length)


def encode(secret: bytes, length: int) -> str:
    """Encode bytes in the alphabet of `public_id`.

    Args:
        secret: a few bytes more than ``length`` characters hold (five bits each); with fewer, the
            characters would not be equally likely.
        length: of the result.
    """
    number, pairs = int.from_bytes(secret), []
    for _ in range(0, length, 2):
        number, place = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[place])
    return "".join(pairs)[:length]


def ordered_id() -> str:
    """Return a 32-digit hex id that sorts by creation time: milliseconds, then random digits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
