"""Repeatable random numbers: equal seeds and names give equal draws on every machine."""

import hashlib
import random


def stream(seed: int, *names: object) -> random.Random:
    """Return the random generator of a subject.

    Each subject (a car, a lane, a sensor) has its own stream, so that one more draw for one subject
    does not affect the others.
    """
    text = "/".join(str(part) for part in (seed, *names))
    digest = hashlib.sha256(text.encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311  a simulation, no secret
