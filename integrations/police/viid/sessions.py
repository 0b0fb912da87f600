"""Registration at peers of GA/T 1400, kept alive; only the device's id is sent."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from core import clock
from core.errors import Rejection
from core.guarded_http import GuardError
from core.sealed_secrets import UnreadableSecretError
from incidents.models import FeedEndpoint
from integrations.police.viid import client as calls
from integrations.police.viid.client import Client
from integrations.police.viid.sender import client_of

logger = logging.getLogger(__name__)
_FAULTS = (GuardError, Rejection, UnreadableSecretError, ValueError)


@dataclass
class Session:
    """The registration of one endpoint; any failure makes it register again.

    Attributes:
        due_at: when the next call is due, by the monotonic clock.
    """

    client: Client
    is_registered: bool = False
    due_at: float = 0.0

    @property
    def interval(self) -> int:
        """Seconds between calls."""
        return self.client.options.keepalive_s

    def step(self, now: float) -> bool:
        """Register, or keep alive, when it is due; return whether the peer knows us.

        Args:
            now: by the monotonic clock.
        """
        if now >= self.due_at:
            self.due_at = now + self.interval
            was, name = self.is_registered, "Keepalive" if self.is_registered else "Register"
            self.is_registered = self._call(name)
            if was and not self.is_registered:
                self.is_registered = self._call("Register")
        return self.is_registered

    def end(self) -> None:
        """Unregister, if we are registered; a peer that does not answer forgets us by itself."""
        if self.is_registered:
            self.is_registered = False
            self._call("UnRegister")

    def _call(self, name: str) -> bool:
        body = {f"{name}Object": {"DeviceID": self.client.options.device_id}}
        try:
            answer = self.client.call("POST", f"/VIID/System/{name}", body)
        except _FAULTS as error:
            logger.warning("GA/T 1400: %s at %s failed: %s", name, self.client.url, error)
            return False
        found = calls.statuses(answer.body) or []
        is_ok = answer.status == 200 and all(map(calls.is_ok, found))
        if not is_ok:
            logger.warning("GA/T 1400: %s at %s: HTTP %s", name, self.client.url, answer.status)
        return is_ok


class Sessions:
    """The sessions of all endpoints in force; those that are paused or changed are ended."""

    def __init__(self) -> None:
        self._sessions: dict[int, tuple[Client, Session]] = {}

    def run(self, go_on: Callable[[], bool], pause: Callable[[float], None] = time.sleep) -> None:
        """Keep the registrations until ``go_on()`` is false, then unregister everywhere."""
        try:
            while go_on():
                self.step(time.monotonic())
                pause(1.0)
        finally:
            self.end()

    def step(self, now: float) -> None:
        """Start and end sessions as endpoints are, and make the calls that are due."""
        wanted = {endpoint.pk: endpoint for endpoint in _endpoints()}
        for pk in self._sessions.keys() - wanted.keys():
            self._sessions.pop(pk)[1].end()
        for pk, endpoint in wanted.items():
            self._session_of(pk, endpoint, now)

    def end(self) -> None:
        """Unregister everywhere."""
        for _client, session in self._sessions.values():
            session.end()
        self._sessions.clear()

    def _session_of(self, pk: int, endpoint: FeedEndpoint, now: float) -> None:
        try:
            client = client_of(endpoint)
        except _FAULTS as error:
            logger.warning("GA/T 1400: feed %s is not usable: %s", pk, error)
            return
        known = self._sessions.get(pk)
        if known is None or _key(known[0]) != _key(client):
            if known is not None:
                known[1].end()
            known = self._sessions[pk] = (client, Session(client))
        known[1].step(now)


def _key(client: Client) -> tuple[object, ...]:
    return client.url, client.options, client.http


def _endpoints() -> list[FeedEndpoint]:
    now = clock.now()
    found = FeedEndpoint.objects.select_related("site").filter(
        kind=FeedEndpoint.Kind.VIID, state=FeedEndpoint.State.ACTIVE, valid_until__gt=now
    )
    return list(found.exclude(approved_by=None).exclude(url="").order_by("pk"))
