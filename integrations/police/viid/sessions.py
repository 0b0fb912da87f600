"""Registration at peers of GA/T 1400, kept alive; only the device's id is sent.

It runs beside the lane that sends (`core.outbox_lanes.accompany`). Where several processes send,
the one that registered first keeps the registration; another takes over once it has lapsed.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg2
from django.db import Error as DatabaseError
from django.db import connection

from core import clock
from core.errors import Rejection
from core.guarded_http import GuardError, Limits
from core.outbox_lanes import release_connection
from core.sealed_secrets import UnreadableSecretError
from incidents.models import FeedEndpoint
from integrations.police.viid import client as calls
from integrations.police.viid.client import Client
from integrations.police.viid.options import is_missing
from integrations.police.viid.peer_clock import read_difference
from integrations.police.viid.registration import (
    is_registered,
    record_clock,
    record_loss,
    record_registration,
)
from integrations.police.viid.sender import client_of

logger = logging.getLogger(__name__)
_FAULTS = (GuardError, Rejection, UnreadableSecretError, ValueError)
# Short: the next keep-alive of a peer waits for the one that is under way.
_LIMITS = Limits(connect_s=3.0, read_s=5.0, total_s=6.0)
# How often endpoints are looked at, in seconds: with sessions, and where there are none.
_BUSY_S, _IDLE_S = 2.0, 10.0
# Calls at once, and how long the end of the process waits for those that are under way.
_MOST_CALLS, _END_S = 32, 10.0
# A peer's clock is read at its registration, and then once a day, in seconds.
_DAY_S = 86_400.0


@dataclass
class Session:
    """The registration of one endpoint; any failure makes it register again.

    Attributes:
        due_at: when the next call is due, by the monotonic clock.
        error: why the peer does not know us, after the last call.
        was_clock_read: whether ``clock_ahead`` is new, and not recorded yet.
        clock_ahead: how far the peer's clock is ahead of ours; None if it does not tell.
    """

    client: Client
    zone: str
    is_registered: bool = False
    due_at: float = 0.0
    error: str = ""
    was_clock_read: bool = False
    clock_ahead: timedelta | None = None
    _clock_due_at: float = 0.0

    @property
    def interval(self) -> int:
        """Seconds between calls."""
        return self.client.options.keepalive_s

    def is_due(self, now: float) -> bool:
        """Return whether a call is due; ``now`` is of the monotonic clock."""
        return now >= self.due_at

    def step(self, now: float) -> bool:
        """Register, or keep alive, when it is due; return whether a call was made.

        Args:
            now: by the monotonic clock.
        """
        if not self.is_due(now):
            return False
        self.due_at = now + self.interval
        was, name = self.is_registered, "Keepalive" if self.is_registered else "Register"
        self.is_registered = self._call(name)
        if was and not self.is_registered:
            self.is_registered, was = self._call("Register"), False
        if self.is_registered and (not was or now >= self._clock_due_at):
            self._clock_due_at = now + _DAY_S
            self._read_clock()
        return True

    def forget(self) -> None:
        """Register again at the next step: the peer does not know us any more."""
        self.is_registered, self.due_at = False, 0.0

    def end(self) -> bool:
        """Unregister, if we are registered; a peer that does not answer forgets us by itself.

        Returns:
            Whether a call was made.
        """
        was, self.is_registered = self.is_registered, False
        if was:
            self._call("UnRegister")
        return was

    def _read_clock(self) -> None:
        """Ask the peer for its time; one that does not tell it stays registered."""
        try:
            self.clock_ahead = read_difference(self.client, self.zone)
        except _FAULTS as error:
            logger.info("GA/T 1400: %s does not tell its time: %s", self.client.url, error)
            self.clock_ahead = None
        self.was_clock_read = True

    def _call(self, name: str) -> bool:
        body = {f"{name}Object": {"DeviceID": self.client.options.device_id}}
        release_connection()
        try:
            answer = self.client.call("POST", f"/VIID/System/{name}", body)
        except _FAULTS as error:
            self.error = f"{name}: {error}"
            return False
        found = calls.statuses(answer.body) or []
        refused = [str(each["StatusCode"]) for each in found if not calls.is_ok(each)]
        is_ok = answer.status == 200 and not refused
        codes = f", StatusCode {', '.join(refused)}" if refused else ""
        self.error = "" if is_ok else f"{name}: HTTP {answer.status}{codes}"
        return is_ok


@dataclass
class _Kept:
    """A session with its endpoint, and the call to the peer that is under way.

    Attributes:
        call: under way, or its answer is not recorded yet.
        is_ending: whether the call unregisters.
    """

    endpoint: FeedEndpoint
    session: Session
    call: "Future[bool] | None" = None
    is_ending: bool = False


class Sessions:
    """The sessions of all endpoints in force; those that are paused or changed are ended.

    Each call has a thread of its own, so that a peer that does not answer delays no other one. The
    database is used by the caller's thread alone.

    Args:
        patience_s: how long a step waits for answers; a later step records the others.
    """

    def __init__(self, patience_s: float = _BUSY_S) -> None:
        self._kept: dict[int, _Kept] = {}
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(_MOST_CALLS, thread_name_prefix="viid")

    def run(self, stopping: threading.Event) -> None:
        """Keep the registrations until the event is set, then unregister everywhere."""
        while not stopping.is_set():
            try:
                self.step(time.monotonic())
            except (DatabaseError, psycopg2.Error) as error:
                logger.warning("The database does not answer: %s", str(error).strip()[:200])
                with suppress(DatabaseError, psycopg2.Error):
                    connection.close()
            except Exception:  # the thread goes on: nothing else would register again
                logger.exception("GA/T 1400: a step of the registrations failed")
            release_connection()
            stopping.wait(_BUSY_S if self._kept else _IDLE_S)
        self.end()
        release_connection()

    def step(self, now: float) -> None:
        """Start and end sessions as endpoints are, and make the calls that are due."""
        self._record_answers(0)
        wanted = {endpoint.pk: endpoint for endpoint in _endpoints()}
        for pk in self._kept.keys() - wanted.keys():
            self._end(pk)
        for endpoint in wanted.values():
            self._keep(endpoint, now)
        release_connection()
        self._record_answers(self._patience_s)

    def end(self) -> None:
        """Unregister everywhere, at all peers at once."""
        try:
            self._record_answers(_END_S)
            for pk in list(self._kept):
                self._end(pk)
            self._record_answers(_END_S)
        except (DatabaseError, psycopg2.Error) as error:
            logger.warning("GA/T 1400: an end was not recorded: %s", str(error).strip()[:200])
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _end(self, pk: int) -> None:
        """Begin to end a session, unless a call is under way: a later step ends it then."""
        kept = self._kept[pk]
        if kept.call is not None:
            return
        if not kept.session.is_registered:
            del self._kept[pk]
            return
        kept.call, kept.is_ending = self._pool.submit(kept.session.end), True

    def _keep(self, endpoint: FeedEndpoint, now: float) -> None:
        try:
            client = client_of(endpoint, _LIMITS)
        except _FAULTS as error:
            record_loss(endpoint, f"{type(error).__name__}: {error}")
            return
        known = self._kept.get(endpoint.pk)
        if known is not None and _key(known.session.client) != _key(client):
            self._end(endpoint.pk)
        zone = endpoint.site.timezone
        kept = self._kept.setdefault(endpoint.pk, _Kept(endpoint, Session(client, zone)))
        if kept.call is not None:
            return
        kept.endpoint, session = endpoint, kept.session
        if is_registered(endpoint) and not session.is_registered:
            return  # another process keeps it
        if session.is_registered and not is_registered(endpoint):
            session.forget()
        if session.is_due(now):
            kept.call = self._pool.submit(session.step, now)

    def _record_answers(self, patience_s: float) -> None:
        """Record what came of the calls that end within that time; the others go on."""
        under_way = [kept.call for kept in self._kept.values() if kept.call is not None]
        wait(under_way, patience_s)
        for pk, kept in list(self._kept.items()):
            if kept.call is None or not kept.call.done():
                continue
            call, kept.call = kept.call, None
            call.result()
            if kept.is_ending:
                del self._kept[pk]
                record_loss(kept.endpoint, "")
            elif kept.session.is_registered:
                record_registration(kept.endpoint, kept.session.interval)
                if kept.session.was_clock_read:
                    kept.session.was_clock_read = False
                    record_clock(kept.endpoint, kept.session.clock_ahead)
            else:
                record_loss(kept.endpoint, kept.session.error)


def keep_registered(stopping: threading.Event) -> None:
    """Keep the registrations of all endpoints until the event is set; runs beside a lane."""
    Sessions().run(stopping)


def _key(client: Client) -> tuple[object, ...]:
    return client.url, client.options, client.http


def _endpoints() -> list[FeedEndpoint]:
    now = clock.now()
    found = FeedEndpoint.objects.select_related("site").filter(
        kind=FeedEndpoint.Kind.VIID, valid_until__gt=now
    )
    sent_to = found.exclude(state=FeedEndpoint.State.PAUSED).exclude(approved_by=None)
    usable = sent_to.exclude(url="").order_by("pk")
    return [endpoint for endpoint in usable if not is_missing(endpoint)]
