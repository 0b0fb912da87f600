"""What this room needs from outside: a camera that hands out pictures by HTTP."""

from dataclasses import dataclass, field
from typing import Protocol


class SnapshotError(Exception):
    """No picture came.

    Attributes:
        code: stable, such as ``timed_out``, ``not_authorised`` or ``not_a_jpeg``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class SnapshotTarget:
    """Where a camera hands out pictures.

    Attributes:
        url: of a JPEG.
        username, password: for Basic or Digest, as the camera asks; empty for neither.
        networks: private networks that it may be in, as CIDR.
    """

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    networks: tuple[str, ...] = ()


class SnapshotSource(Protocol):
    """A client of cameras."""

    def fetch(self, target: SnapshotTarget) -> bytes:
        """Return the camera's picture as it was sent.

        Raises:
            SnapshotError: no picture came, or what came is none.
        """


class _Missing:
    def fetch(self, target: SnapshotTarget) -> bytes:
        raise SnapshotError("not_available")


_source: SnapshotSource = _Missing()


def use_snapshot_source(source: SnapshotSource) -> None:
    """Wire the client of cameras (config/wiring.py)."""
    global _source
    _source = source


def snapshot_source() -> SnapshotSource:
    """Return the client of cameras."""
    return _source
