"""A proxy through which requests to entered addresses leave, such as smokescreen.

It is asked by CONNECT for the address that the guard has checked (core.guarded_http), never for the
name: a proxy that resolves the name again would connect to what the name server answers it, and
the guard's check would be worth nothing. TLS is with the receiver, through the tunnel, so that the
proxy sees addresses and no content.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-f:]+")
#: What an error begins with when the proxy has answered, and refused (http.client).
REFUSAL = "Tunnel connection failed"


@dataclass(frozen=True)
class EgressProxy:
    """A proxy of the installation: where it is, and with what we sign in there.

    Attributes:
        headers: of the request for a tunnel.
    """

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse_proxy(text: str) -> EgressProxy | None:
    """Parse the address of a proxy; None where it is empty.

    Args:
        text: such as ``http://127.0.0.1:4750``; may have user and password.

    Raises:
        ValueError: it is malformed, or not http: the tunnel itself is encrypted by TLS.
    """
    if not text:
        return None
    wrong = ValueError("the outgoing proxy is not an address such as http://127.0.0.1:4750")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme != "http" or not _HOST.fullmatch(host) or port is None:
        raise wrong
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise wrong
    return EgressProxy(host, port, _sign_in(parts.username, parts.password))


def _sign_in(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}
