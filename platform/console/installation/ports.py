"""What the console needs to know and change of the servers that `config` runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from core.models import User


class HttpsMode(StrEnum):
    """Where the certificate of the web server comes from."""

    OFF = "off"
    GENERATED = "generated"
    UPLOADED = "uploaded"
    ENVIRONMENT = "environment"
    PROXY = "proxy"  # a proxy in front has it


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate says of itself."""

    names: tuple[str, ...]
    issuer: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class HttpsState:
    """How browsers reach the web server.

    Attributes:
        mode: as chosen; after a change it holds from the next start.
        facts: of the certificate; None without one, or before it was generated.
        address: where the pages are reached now.
        next_address: where they are reached after a restart.
        is_pending: whether the choice holds only after a restart.
        can_restart: whether the supervisor can restart the web server by itself.
        needs_all: whether all processes have to start again, not only the web server.
        has_authority: whether there is an own authority that browsers can be made to trust.
    """

    mode: HttpsMode
    facts: CertificateFacts | None
    address: str
    next_address: str
    is_pending: bool
    can_restart: bool
    needs_all: bool
    has_authority: bool


class WebServer(Protocol):
    """The web server's certificate."""

    def state(self) -> HttpsState:
        """Return how browsers reach the web server."""
        ...

    def use_generated(self, actor: User) -> None:
        """Choose a certificate of the installation's own authority.

        Raises:
            Rejection: the environment or a proxy decides.
        """
        ...

    def use_uploaded(
        self, actor: User, *, certificate: str, key: str, despite_name: bool = False
    ) -> None:
        """Choose a certificate with its chain and key, in PEM format.

        Args:
            despite_name: whether it may lack the name by which the pages are reached.

        Raises:
            Rejection: one is malformed, they don't belong together, the certificate is not valid
                now or not for the name, or the environment or a proxy decides.
        """
        ...

    def turn_off(self, actor: User) -> None:
        """Choose plain HTTP, and delete an uploaded key.

        Raises:
            Rejection: the environment or a proxy decides.
        """
        ...

    def restart(self, actor: User) -> None:
        """Have the supervisor restart what the choice needs.

        Raises:
            Rejection: there is no supervisor that can.
        """
        ...

    def authority(self) -> bytes | None:
        """Return the certificate of the own authority in PEM format; None without one."""
        ...


_web_server: list[WebServer] = []


def use_web_server(server: WebServer) -> None:
    """Register the web server; wired at start."""
    _web_server[:] = [server]


def web_server() -> WebServer:
    """Return the web server."""
    return _web_server[0]


@dataclass(frozen=True)
class BrokerState:
    """Where devices reach the broker.

    Attributes:
        is_own: whether the broker belongs to this appliance, so that it can be changed here.
        reach: which machines reach it: ``local``, ``tls`` or ``plain``.
        values: what was chosen, as the form has it.
        listens: where it listens now, without and with TLS.
        public: its address for devices on other machines; empty without one.
        knows_tls: whether it can listen with TLS.
        overridden: variables of the environment that override the choice.
        is_pending: whether the choice holds only after a restart.
        can_restart: whether the supervisor can restart it by itself.
        has_authority: whether there is an own authority that devices can be made to trust.
    """

    is_own: bool
    reach: str
    values: Mapping[str, Any]
    listens: Sequence[str]
    public: str
    knows_tls: bool
    overridden: Sequence[str]
    is_pending: bool
    can_restart: bool
    has_authority: bool


class BrokerServer(Protocol):
    """Where devices reach the broker."""

    def state(self) -> BrokerState:
        """Return where devices reach the broker, now and after a restart."""
        ...

    def change(
        self, actor: User, *, reach: str, address: str, port: int, tls_port: int, revision: str = ""
    ) -> None:
        """Choose who reaches the broker, and where; it holds after a restart.

        Args:
            address: by which other machines reach this one.
            revision: the token of the values that the form showed.

        Raises:
            Rejection: the broker is another installation's, or knows no TLS; only this machine
                reaches the address; a port is taken; the values have changed meanwhile.
        """
        ...

    def restart(self, actor: User) -> None:
        """Have the supervisor restart the broker and all processes.

        Raises:
            Rejection: there is no supervisor that can.
        """
        ...


_broker_server: list[BrokerServer] = []


def use_broker_server(server: BrokerServer) -> None:
    """Register the broker's settings; wired at start."""
    _broker_server[:] = [server]


def broker_server() -> BrokerServer:
    """Return the broker's settings."""
    return _broker_server[0]
