"""A peer of GA/T 1400 on this machine, which answers as a test tells it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from core import outbox_lanes
from core.permissions import StandardRole
from incidents.feeds.dispatch import dispatch
from incidents.models import Delivery
from integrations.police.viid import digest
from tests.browsers import hire
from tests.incidents.feeds.setting import confirmed
from tests.receiver import Received, Reply

DEVICE, ORG = "50010700000311900001", "500107000003"


@dataclass
class Peer:
    """A peer whose nonces change; it challenges each call, or accepts a nonce again.

    Attributes:
        codes: the status codes of the items of the next answers; the last one stays.
        refuses: the status with which it answers notifications.
        retry_after: what it says then about the next attempt.
        time: the body of its answer about its clock; empty: it does not know the address.
        time_calls: how often it was asked for its time.
    """

    password: str = "secret"
    challenges_each_call: bool = True
    quoted: bool = True
    codes: list[object] = field(default_factory=lambda: ["0"])
    is_lost: bool = False
    refuses: int = 0
    retry_after: str = ""
    calls: list[Received] = field(default_factory=list)
    nonces: Iterator[int] = field(default_factory=lambda: count(1))
    valid: str = ""
    time: bytes = b""
    time_calls: int = 0

    def answer(self, request: Received) -> Reply:
        if not self._is_authorized(request):
            self.valid = f"nonce-{next(self.nonces)}"
            algorithm = 'algorithm="MD5"' if self.quoted else "algorithm=MD5"
            header = f'Digest realm="police", nonce="{self.valid}", qop="auth", {algorithm}'
            return Reply(401, {"WWW-Authenticate": header})
        if self.challenges_each_call:
            self.valid = ""
        if request.path == "/VIID/System/Time":
            self.time_calls += 1
            return Reply(200 if self.time else 404, {}, self.time)
        self.calls.append(request)
        if self.is_lost:
            return Reply(500)
        if self.refuses and "System" not in request.path:
            return Reply(self.refuses, {"Retry-After": self.retry_after})
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        status = {"Id": "1", "StatusCode": code, "StatusString": "", "RequestURL": request.path}
        wrapped: dict[str, object] = {"ResponseStatusObject": status}
        if "System" not in request.path:
            wrapped = {"ResponseStatusListObject": {"ResponseStatusObject": [status]}}
        return Reply(200, {}, json.dumps(wrapped).encode())

    def _is_authorized(self, request: Received) -> bool:
        values = digest._values(request.headers.get("authorization", "").partition(" ")[2])
        if not self.valid or values.get("nonce") != self.valid:
            return False
        challenge = digest.Challenge("police", self.valid, qop="auth")
        expected = digest._response(
            challenge,
            values["username"],
            self.password,
            request.method,
            request.path,
            values["nc"],
            values["cnonce"],
        )
        return values["response"] == expected

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.calls]


def deliver(endpoint: object) -> Delivery:
    """The delivery of a confirmed hit, after one attempt."""
    officer = hire(endpoint.site, StandardRole.SECURITY)
    incident = confirmed(endpoint.site, officer)
    message = dispatch(incident, officer, "the police asked for it")
    outbox_lanes.send_all_due("feeds")
    return message.deliveries.get()
