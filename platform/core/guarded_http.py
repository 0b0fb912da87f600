"""HTTP requests to addresses that people enter, such as endpoints of authorities and cameras.

A name is resolved once. Every address that it has must be allowed (core.network_rules), and the
connection is made to one of these addresses, so that a name server that changes its answer changes
nothing; TLS and the Host header keep the name. Redirects are returned and never followed, proxies
of the environment are ignored, and the answer's size and the time of each step are limited. Where
the installation has a proxy (core.egress_proxy), it connects to the checked address.
"""

import re
import secrets
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from core.egress_proxy import REFUSAL, EgressProxy
from core.network_rules import Network, is_allowed, is_in

Resolver = Callable[[str, int], Sequence[str]]
_PORTS = {"https": 443, "http": 80}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
# A host of digits, dots and "x" is read as an address by some resolvers: 0x7f.1, 017700000001.
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")
_FIRST_FREE_PORT = 1024
_CHUNK = 16_384


class GuardError(Exception):
    """A request was not made, or has no answer.

    Attributes:
        code: stable, such as ``address_not_allowed`` or ``timed_out``.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NotAllowedError(GuardError):
    """The address, its port or its scheme is not allowed; no byte was sent."""


class NoAnswerError(GuardError):
    """No complete answer came: not resolved, no connection, TLS failed, or out of time."""


@dataclass(frozen=True)
class Limits:
    """The limits of one request, in seconds and bytes; ``total_s`` includes all steps."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 20.0
    answer_bytes: int = 65_536


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate with its chain, and its private key, for mutual TLS; both as PEM."""

    certificate_pem: str
    key_pem: str = field(repr=False)


@dataclass(frozen=True)
class HttpAnswer:
    """What a server answered.

    Attributes:
        headers: by name in lower case.
        body: up to the limit of bytes.
        is_cut: whether the body was longer.
        address: the address that the request went to.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool
    address: str


def resolve(host: str, port: int) -> list[str]:
    """Resolve a name by the system's resolver; return its addresses in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class GuardedHttp:
    """A client of one endpoint; each request has a connection of its own.

    Args:
        allowed_networks: networks that are not public and that it may be in.
        ca_pem: the only authorities that are trusted; empty for those of the system.
        plain_http: whether http is allowed, to addresses in the allowed networks only.
        ports: the ports of public addresses; in the allowed networks those from 1024 also are.
        resolver: resolves a name.
        proxy: connects to the address that was checked; None: this process does.
    """

    allowed_networks: Sequence[Network] = ()
    ca_pem: str = ""
    client_certificate: ClientCertificate | None = None
    limits: Limits = Limits()
    plain_http: bool = False
    ports: frozenset[int] = frozenset(_PORTS.values())
    resolver: Resolver = resolve
    proxy: EgressProxy | None = None

    def request(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Send a request and return its answer, whatever its status.

        Raises:
            NotAllowedError: the address must not be connected to.
            NoAnswerError: no complete answer came within the limits.
            ValueError: the method is unknown.
        """
        if method not in _METHODS:
            raise ValueError(f"the method {method} is not supported")
        deadline = time.monotonic() + self.limits.total_s
        parts, port = self._parse(url)
        host = str(parts.hostname)
        addresses = self._addresses(parts.scheme, host, port)
        sent = {"Host": parts.netloc, "Connection": "close", "Accept-Encoding": "identity"}
        sent = {**sent, "User-Agent": "Gatehouse", **(headers or {})}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection, address = self._connect(parts.scheme, host, port, addresses, deadline)
        with _closed_at(connection, deadline) as cut:
            return _exchange(
                connection, (method, target, body, sent), address, self.limits.answer_bytes, cut
            )

    def check(self, url: str) -> list[str]:
        """Return the addresses that a request would go to.

        Raises:
            NotAllowedError: it must not be connected to.
            NoAnswerError: its name is not resolved.
        """
        parts, port = self._parse(url)
        return self._addresses(parts.scheme, str(parts.hostname), port)

    def require_address(self, url: str) -> None:
        """Validate an address without resolving its name.

        Raises:
            NotAllowedError: it is malformed, or its scheme is not allowed.
        """
        self._parse(url)

    def _parse(self, url: str) -> tuple[SplitResult, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            raise NotAllowedError("invalid_address", "this is not an address") from None
        host = parts.hostname or ""
        if not url.isascii() or not url.isprintable() or " " in url or not _is_host(host):
            raise NotAllowedError("invalid_address", "this is not an address")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise NotAllowedError("invalid_address", "user names and fragments are not allowed")
        if parts.scheme != "https" and not (parts.scheme == "http" and self.plain_http):
            raise NotAllowedError("https_only", "only https is allowed")
        return parts, port

    def _addresses(self, scheme: str, host: str, port: int) -> list[str]:
        """Resolve a host; each of its addresses must be allowed."""
        try:
            found = [str(ip_address(host))]
        except ValueError:
            found = self._resolve(host, port)
        for address in found:
            if not is_allowed(address, self.allowed_networks):
                raise NotAllowedError(
                    "address_not_allowed", f"{host} is at {address}, which is not allowed"
                )
            is_private = is_in(address, self.allowed_networks)
            if scheme == "http" and not is_private:
                raise NotAllowedError("https_only", "only https is allowed outside own networks")
            if port not in self.ports and not (is_private and port >= _FIRST_FREE_PORT):
                raise NotAllowedError("port_not_allowed", f"the port {port} is not allowed")
        return found

    def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = list(self.resolver(host, port))
        except (OSError, UnicodeError) as error:
            raise NoAnswerError("not_resolved", f"{host} is not resolved: {error}") from error
        if not found:
            raise NoAnswerError("not_resolved", f"{host} has no address")
        return found

    def _connect(
        self, scheme: str, host: str, port: int, addresses: Sequence[str], deadline: float
    ) -> tuple[HTTPConnection, str]:
        """Connect to the first of the addresses that accepts."""
        context = self._context() if scheme == "https" else None
        failed = NoAnswerError("timed_out", "no answer in time")
        for address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            connection = _connection(context, address, port, host)
            if self.proxy is not None:
                _use_tunnel(connection, self.proxy)
            connection.timeout = min(self.limits.connect_s, left)
            try:
                with _closed_at(connection, deadline):
                    connection.connect()
            except (HTTPError, OSError) as error:
                connection.close()
                failed = _no_answer(error)
            else:
                connection.timeout = self.limits.read_s
                return connection, address
        raise failed

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.ca_pem or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_certificate is not None:
            _load(context, self.client_certificate)
        return context


def guarded(
    allowed_networks: Sequence[Network] = (),
    *,
    ca_pem: str = "",
    client_certificate: ClientCertificate | None = None,
    limits: Limits = Limits(),
) -> GuardedHttp:
    """Return a client with the installation's settings: ports, proxy, http in laboratories."""
    return GuardedHttp(
        allowed_networks,
        ca_pem,
        client_certificate,
        limits,
        plain_http=settings.OUTGOING_PLAIN_HTTP,
        ports=frozenset(settings.OUTGOING_PORTS),
        proxy=settings.OUTGOING_PROXY,
    )


def require_certificate(pair: ClientCertificate) -> None:
    """Validate a client certificate.

    Raises:
        ValueError: a part is malformed, or the key is not the certificate's.
    """
    try:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pair)
    except (ssl.SSLError, TypeError) as error:
        raise ValueError(str(error)) from error


def require_authorities(pem: str) -> None:
    """Validate certificates of authorities, as PEM.

    Raises:
        ValueError: it holds none, or a malformed one.
    """
    if not x509.load_pem_x509_certificates(pem.encode()):
        raise ValueError("no certificate")


def _load(context: ssl.SSLContext, pair: ClientCertificate) -> None:
    """Load a client certificate; Python reads it from a file only, so its key is encrypted there.

    Raises:
        ValueError: the key is malformed.
    """
    password = secrets.token_bytes(24).hex().encode()
    key = load_pem_private_key(pair.key_pem.encode(), None)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pair.certificate_pem.encode() + b"\n" + sealed)
        file.flush()
        context.load_cert_chain(file.name, password=password)


def _is_host(host: str) -> bool:
    if not host or "%" in host:
        return False
    try:
        ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not _NUMERIC.fullmatch(host)
    return True


def _connection(
    context: ssl.SSLContext | None, address: str, port: int, host: str
) -> HTTPConnection:
    """Return a connection to an address, not opened; TLS verifies the host's name."""
    if context is None:
        return HTTPConnection(address, port)
    name = host.rstrip(".")
    return HTTPSConnection(address, port, ssl_context=context, server_hostname=name)


def _use_tunnel(connection: HTTPConnection, proxy: EgressProxy) -> None:
    """Have a connection, not opened, reach its address by a tunnel of the proxy."""
    connection.set_tunnel(connection.host, connection.port, proxy.headers)
    connection.host, connection.port = proxy.host, proxy.port


def _exchange(
    connection: HTTPConnection,
    request: tuple[str, str, bytes, Mapping[str, str]],
    address: str,
    most: int,
    is_cut_off: threading.Event,
) -> HttpAnswer:
    method, target, body, headers = request
    try:
        connection.request(
            method, target, body=body or None, headers=headers, preload_content=False
        )
        response = connection.getresponse()
        found = b""
        while len(found) <= most and (chunk := response.read(_CHUNK, decode_content=False)):
            found += chunk
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _no_answer(error, is_cut_off.is_set()) from error
    finally:
        connection.close()
    if is_cut_off.is_set():
        raise NoAnswerError("timed_out", "the answer was not complete in time")
    names = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(response.status, names, found[:most], len(found) > most, address)


@contextmanager
def _closed_at(connection: HTTPConnection, deadline: float) -> Iterator[threading.Event]:
    """Shut the connection down at the deadline, while the block runs.

    The time-outs of a socket begin again with each byte; a server that sends one now and then
    would hold a thread for ever.
    """
    is_over = threading.Event()

    def shut_down() -> None:
        is_over.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()


def _no_answer(error: Exception, is_over: bool = False) -> NoAnswerError:
    text = " ".join(str(error).split())[:300] or type(error).__name__
    if is_over or isinstance(error, TimeoutError) or "timed out" in text:
        return NoAnswerError("timed_out", "no answer in time")
    if isinstance(error, ssl.SSLError) or "SSL" in type(error).__name__ or "CERTIFICATE" in text:
        return NoAnswerError("tls", f"TLS failed: {text}")
    if text.startswith(REFUSAL):
        return NoAnswerError("proxy_refused", f"the outgoing proxy refused: {text}")
    return NoAnswerError("no_connection", text)
