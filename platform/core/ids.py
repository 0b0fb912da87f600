"""Identifiers: sortable ones for rows, unguessable ones for URLs."""

import secrets
import time

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
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
    number, characters = int.from_bytes(secret), []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[place])
    return "".join(characters)


def ordered_id() -> str:
    """Return a 32-digit hex id that sorts by creation time: milliseconds, then random digits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
