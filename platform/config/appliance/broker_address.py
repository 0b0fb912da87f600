"""Where devices reach the broker, as an administrator chose it in the console.

The choice is a file of the home, because the supervisor reads it before there is a database.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from config.appliance.places import Home, write_private

_FILE = "broker.json"
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - an administrator has chosen it


class Reach(StrEnum):
    """Which machines reach the broker."""

    LOCAL = "local"
    TLS = "tls"
    PLAIN = "plain"  # with TLS as well


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker listens, and the name that devices use.

    Attributes:
        address: by which other machines reach this one; empty where none may.
    """

    reach: Reach = Reach.LOCAL
    address: str = ""
    port: int = 1883
    tls_port: int = 8883

    @classmethod
    def chosen(cls, home: Home) -> Self:
        """Return the choice stored in the home; the default where there is none."""
        try:
            found = json.loads((home.root / _FILE).read_text(encoding="utf-8"))
            return cls(**{**found, "reach": Reach(found["reach"])})
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def store(self, home: Home) -> None:
        """Store the choice; it holds from the broker's next start."""
        write_private(home.root / _FILE, json.dumps(asdict(self)) + "\n")

    @property
    def bind(self) -> str:
        """The address at which the broker listens without TLS."""
        return _EVERYWHERE if self.reach == Reach.PLAIN else _LOOPBACK

    @property
    def tls_bind(self) -> str:
        """The address at which the broker listens with TLS."""
        return _LOOPBACK if self.reach == Reach.LOCAL else _EVERYWHERE

    @property
    def public(self) -> str:
        """The URL for devices on other machines; empty where none may reach the broker."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        if self.reach == Reach.TLS:
            return f"mqtts://{host}:{self.tls_port}"
        return f"mqtt://{host}:{self.port}" if self.reach == Reach.PLAIN else ""
