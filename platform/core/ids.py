"""Identifiers: ordered ones for rows, unguessable ones for addresses."""

import secrets
import time

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def public_id(length: int = 20) -> str:
    """Return an unguessable id for an address (about 99 bits at 20 signs).

    Its alphabet has no sign that a person could mistake for another when reading it aloud.
    """
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def spell(secret: bytes, length: int) -> str:
    """Return the id that these bytes always give, in the alphabet of `public_id`.

    Give some bytes more than ``length`` signs hold (five bits each), else the last sign of the
    alphabet comes less often than the first.
    """
    number, signs = int.from_bytes(secret), []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[place])
    return "".join(signs)


def ordered_id() -> str:
    """Return a 32-digit hex id that sorts by the time it was made: milliseconds, then chance."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
