"""Ports for the servers that tests start, never the same one for two processes at once."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

# Below the range that Linux gives to outgoing connections (32768 to 60999): a port that was free
# a moment ago may otherwise become some client's own before the server listens on it.
PORTS = range(20_000, 32_000)
_LOCKS = Path(tempfile.gettempdir()) / f"gatehouse-test-ports-{os.getuid()}"
_held: list[IO[str]] = []


def free_port() -> int:
    """Reserve a port of this machine until the process ends."""
    _LOCKS.mkdir(exist_ok=True)
    for port in random.sample(PORTS, 200):
        if _reserve(port):
            return port
    raise RuntimeError("none of 200 ports is free")


def _reserve(port: int) -> bool:
    lock = (_LOCKS / str(port)).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        lock.close()
        return False
    _held.append(lock)
    return True
