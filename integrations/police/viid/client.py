"""Calls to a peer of GA/T 1400: JSON over HTTP, digest authentication on each call."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.guarded_http import GuardedHttp, HttpAnswer
from integrations.police.viid.digest import Challenge, authorization, parse_challenge
from integrations.police.viid.options import Options

CONTENT_TYPE = "application/VIID+JSON;charset=UTF-8"
_UNAUTHORIZED = 401
OK = "0"


@dataclass
class Client:
    """One endpoint's calls; it remembers the last challenge, which a peer may change at any time.

    Attributes:
        url: where the peer's addresses begin, before ``/VIID``.
    """

    http: GuardedHttp
    url: str
    options: Options
    _challenge: Challenge | None = field(default=None, repr=False)
    _count: int = 0

    def call(self, method: str, path: str, body: Any = None) -> HttpAnswer:
        """Call an address of the peer, again with credentials where it asks for them.

        Args:
            path: such as ``/VIID/System/Register``, or a whole address.

        Raises:
            GuardError: the address is not allowed, or there is no answer.
        """
        address = path if "://" in path else self.url.rstrip("/") + path
        if not self.is_own(address) or not self.options.user:
            return self._send(method, address, body, None)
        answer = self._send(method, address, body, self._challenge)
        if answer.status != _UNAUTHORIZED:
            return answer
        self._challenge = parse_challenge(answer.headers.get("www-authenticate", ""))
        self._count = 0
        if self._challenge is None:
            return answer
        return self._send(method, address, body, self._challenge)

    def is_own(self, address: str) -> bool:
        """Return whether an address is the peer's: credentials go to no other one."""
        if "://" not in address:
            return True
        own, other = urlsplit(self.url), urlsplit(address)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)

    def _send(
        self, method: str, address: str, body: Any, challenge: Challenge | None
    ) -> HttpAnswer:
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        headers = {"Content-Type": CONTENT_TYPE, "User-Identify": self.options.device_id}
        if challenge is not None:
            self._count += 1
            parts = urlsplit(address)
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            user, password = self.options.user, self.options.password
            headers["Authorization"] = authorization(
                challenge, user, password, method, target, self._count
            )
        return self.http.request(method, address, body=content, headers=headers)


def encode(value: Any) -> bytes:
    """Return a message as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def local_time(at: datetime, zone: str) -> str:
    """Return an instant as the standard writes it, on the site's clock."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y%m%d%H%M%S}"


def statuses(body: bytes) -> list[dict[str, Any]] | None:
    """Return the status objects of an answer; None where it has none.

    Peers wrap them as ``ResponseStatusObject`` or in a ``ResponseStatusListObject``, or not.
    """
    try:
        value = json.loads(body)
    except ValueError:
        return None
    for name in ("ResponseStatusListObject", "ResponseStatusList", "ResponseStatusObject"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    found = value if isinstance(value, list) else [value]
    is_status = all(isinstance(each, dict) and "StatusCode" in each for each in found)
    return found if found and is_status else None


def is_ok(status: dict[str, Any]) -> bool:
    """Return whether a status is success; peers send its code as a number or as text."""
    return str(status["StatusCode"]) == OK
