"""The broker's address: ``mqtt://user:password@host:port`` or ``mqtts://…``."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PLAIN_PORT, TLS_PORT = 1883, 8883


class AddressError(ValueError):
    """The text is not a broker URL; the message states the expected form."""


@dataclass(frozen=True)
class Address:
    """Address of the broker and our credentials there."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> "Address":
        """Parse a broker URL; user and password are percent-decoded.

        Raises:
            AddressError: it is not of the form ``mqtt[s]://[user:password@]host[:port]``.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise AddressError(_hint(url)) from error
        if parts.scheme not in ("mqtt", "mqtts") or not host:
            raise AddressError(_hint(url))
        tls = parts.scheme == "mqtts"
        return cls(
            host=host,
            port=port or (TLS_PORT if tls else PLAIN_PORT),
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def _hint(url: str) -> str:
    shown = url.rsplit("@", 1)[-1]  # never the password
    return f"{shown!r} is not a broker URL; set MQTT_URL to mqtt://user:password@host:1883"
