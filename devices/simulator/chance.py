"""Repeatable chance: the same seed and names give the same draws on every machine."""

import hashlib
import random


def stream(seed: int, *names: object) -> random.Random:
    """Return a generator of its own for `names` below `seed`.

    Each subject (a car, a lane, a sensor) draws from its own stream, so that one more draw for
    one subject changes nothing for the others.
    """
    text = "/".join(str(part) for part in (seed, *names))
    digest = hashlib.sha256(text.encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311  a play, not a secret
