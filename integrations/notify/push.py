"""Push messages to browsers (RFC 8030), encrypted for each (RFC 8291), signed (RFC 8292).

A message says that something waits and nothing else: it is shown on locked screens, and where it
waits for the browser is a server of the browser's maker.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from py_vapid import Vapid02

from core import clock, installation
from core.guarded_http import GuardedHttp, GuardError, Limits, NotAllowedError, guarded
from core.models import User
from core.notifications import kinds
from core.notifications.channels import Outgoing, Undeliverable
from core.notifications.slots import Slots
from core.outbox import NotYet
from core.outbox_lanes import release_connection
from integrations.notify import mail_server
from integrations.notify.vapid import NAME, VapidKey, vapid_key
from people.models import PushSubscription
from people.push_subscriptions import MOST_BROWSERS

#: How long a push service keeps a message for a browser that is not running.
TTL_S = 24 * 3600
_TOKEN_VALID_S = 12 * 3600
_GONE = frozenset({404, 410})
# Too many requests, and what may pass by itself; any other answer is final.
_TRANSIENT = frozenset({408, 425, 429})
# All browsers of a person are sent to at once, so a message takes no longer than one of them: far
# less than the lease on it (core.outbox_lanes.LEASE).
LIMITS = Limits(connect_s=5.0, read_s=10.0, total_s=12.0)


def _guarded() -> GuardedHttp:
    return guarded(limits=LIMITS)


@dataclass(frozen=True)
class _Result:
    """How a message to one browser went.

    Attributes:
        problem: why its service did not accept it; empty if it did.
        is_final: whether it never will.
        is_gone: whether the browser has gone.
        error: what is no answer of a service, such as that its slots are taken.
    """

    problem: str = ""
    is_final: bool = False
    is_gone: bool = False
    error: NotYet | None = None


class PushChannel:
    """Sends a neutral text to each browser of a person.

    Args:
        client: makes the client of a request; that of the installation refuses private addresses.
        slots: how many messages are under way to one push service.
    """

    def __init__(
        self, client: Callable[[], GuardedHttp] = _guarded, slots: Slots | None = None
    ) -> None:
        self._client = client
        self._slots = slots or Slots()

    def reaches(self, user: User) -> bool:
        """Return whether the person has added a browser."""
        return PushSubscription.objects.filter(user=user).exists()

    def send(self, message: Outgoing) -> None:
        """Send a message to all browsers of the person; those that are gone are removed.

        Raises:
            Undeliverable: there is no browser, or each one's service refused it for good.
            OSError: no service accepted it, but one may later.
            NotYet: too many messages are under way to its service.
        """
        key = vapid_key()
        if key is None:
            raise OSError("the key was encrypted with another master key")
        browsers = list(PushSubscription.objects.filter(user=message.recipient).order_by("pk"))
        results = self._send_to_all(browsers, message, key)
        _store(browsers, results)
        found = [result for result in results if not result.is_gone]
        if not found:
            raise Undeliverable("no_address")
        problems = [result.problem for result in found if result.problem]
        if len(problems) == len(found):
            busy = next((result.error for result in found if result.error), None)
            if busy is not None:
                raise busy
        installation.record_check(NAME, "; ".join(dict.fromkeys(problems)))
        if len(problems) < len(found):
            return
        if all(result.is_final for result in found):
            raise Undeliverable("refused")
        raise OSError("; ".join(dict.fromkeys(problems)))

    def _send_to_all(
        self, browsers: list[PushSubscription], message: Outgoing, key: VapidKey
    ) -> list[_Result]:
        """Send to all browsers at once; the threads use no database."""
        requests = [_request(browser, message, key) for browser in browsers]
        release_connection()
        if len(requests) == 1:
            return [self._send_to(requests[0])]
        with ThreadPoolExecutor(MOST_BROWSERS, thread_name_prefix="push") as pool:
            return list(pool.map(self._send_to, requests))

    def _send_to(self, request: "_Request") -> _Result:
        host = urlsplit(request.endpoint).hostname or ""
        try:
            with self._slots.taken(host):
                answer = self._client().request(
                    "POST", request.endpoint, body=request.body, headers=request.headers
                )
        except NotYet as error:
            return _Result(f"{host}: busy", error=error)
        except NotAllowedError as error:
            return _Result(f"{host}: {error}", is_final=True)
        except GuardError as error:
            return _Result(f"{host}: {error}")
        if answer.status in _GONE:
            return _Result(is_gone=True)
        if 200 <= answer.status < 300:
            return _Result()
        is_transient = answer.status in _TRANSIENT or answer.status >= 500
        return _Result(f"{host}: {answer.status}", is_final=not is_transient)


@dataclass(frozen=True)
class _Request:
    """A message to one browser, encrypted and signed."""

    endpoint: str
    headers: dict[str, str]
    body: bytes


def _request(browser: PushSubscription, message: Outgoing, key: VapidKey) -> _Request:
    headers = {**_headers(browser, key), "Urgency": _urgency(message)}
    return _Request(browser.endpoint, headers, _encrypted(browser, message))


def _store(browsers: list[PushSubscription], results: list[_Result]) -> None:
    """Remove the browsers that are gone, and record which were reached."""
    pairs = list(zip(browsers, results, strict=True))
    gone = [browser.pk for browser, result in pairs if result.is_gone]
    reached = [browser.pk for browser, result in pairs if not result.problem and not result.is_gone]
    if gone:
        PushSubscription.objects.filter(pk__in=gone).delete()
    if reached:
        PushSubscription.objects.filter(pk__in=reached).update(used_at=clock.now())


def payload_of(message: Outgoing) -> str:
    """Return what a message says, in the active language: never what it is about."""
    kind = kinds.get(message.notification.kind)
    is_incident = kind is not None and kind.is_incident
    text = _("An incident is waiting") if is_incident else _("A notification is waiting")
    return json.dumps({"text": text}, ensure_ascii=False)


def _encrypted(browser: PushSubscription, message: Outgoing) -> bytes:
    from pywebpush import WebPusher  # with aiohttp, which most processes do without

    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
    encrypted: bytes = pusher.encode(payload_of(message).encode())["body"]
    return encrypted


def _headers(browser: PushSubscription, key: VapidKey) -> dict[str, str]:
    parts = urlsplit(browser.endpoint)
    claims: dict[str, str | int] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(clock.now().timestamp()) + _TOKEN_VALID_S,
        "sub": _contact(),
    }
    signer = Vapid02.from_pem(key.private_pem.encode())
    # The library knows fewer forms of a contact than the standard.
    signer.conf["no-strict"] = True
    return {
        **signer.sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S),
    }


def _urgency(message: Outgoing) -> str:
    return "high" if message.notification.urgent else "normal"


def _contact() -> str:
    """Return whom a push service may write to: the installation's address, or its mail's."""
    if settings.PUBLIC_URL.startswith("https://"):
        return str(settings.PUBLIC_URL).rstrip("/")
    return f"mailto:{parseaddr(mail_server.sender())[1]}"
