"""Push messages to browsers (RFC 8030), encrypted for each (RFC 8291), signed (RFC 8292).

A message says that something waits and nothing else: it is shown on locked screens, and where it
waits for the browser is a server of the browser's maker.
"""

import json
from collections.abc import Callable
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from py_vapid import Vapid02
from pywebpush import WebPusher

from core import clock, installation
from core.guarded_http import GuardedHttp, GuardError, NotAllowedError, guarded
from core.models import User
from core.notifications import kinds
from core.notifications.channels import Outgoing, Undeliverable
from integrations.notify import mail_server
from integrations.notify.vapid import NAME, VapidKey, vapid_key
from people.models import PushSubscription

#: How long a push service keeps a message for a browser that is not running.
TTL_S = 24 * 3600
_TOKEN_VALID_S = 12 * 3600
_GONE = frozenset({404, 410})
# Too many requests, and what may pass by itself; any other answer is final.
_TRANSIENT = frozenset({408, 425, 429})


class PushChannel:
    """Sends a neutral text to each browser of a person.

    Args:
        client: makes the client of a request; that of the installation refuses private addresses.
    """

    def __init__(self, client: Callable[[], GuardedHttp] = guarded) -> None:
        self._client = client

    def reaches(self, user: User) -> bool:
        """Return whether the person has added a browser."""
        return PushSubscription.objects.filter(user=user).exists()

    def send(self, message: Outgoing) -> None:
        """Send a message to all browsers of the person; those that are gone are removed.

        Raises:
            Undeliverable: there is no browser, or each one's service refused it for good.
            OSError: no service accepted it, but one may later.
        """
        key = vapid_key()
        if key is None:
            raise OSError("the key was encrypted with another master key")
        browsers = PushSubscription.objects.filter(user=message.recipient).order_by("pk")
        results = [self._send_to(browser, message, key) for browser in browsers]
        found = [result for result in results if result is not None]
        if not found:
            raise Undeliverable("no_address")
        problems = [problem for problem, _is_final in found if problem]
        installation.record_check(NAME, "; ".join(dict.fromkeys(problems)))
        if len(problems) < len(found):
            return
        if all(is_final for _problem, is_final in found):
            raise Undeliverable("refused")
        raise OSError("; ".join(dict.fromkeys(problems)))

    def _send_to(
        self, browser: PushSubscription, message: Outgoing, key: VapidKey
    ) -> tuple[str, bool] | None:
        """Return the problem, empty if it was accepted, and whether it is final; None if gone."""
        host = urlsplit(browser.endpoint).hostname or ""
        headers = {**_headers(browser, key), "Urgency": _urgency(message)}
        body = _encrypted(browser, message)
        try:
            answer = self._client().request("POST", browser.endpoint, body=body, headers=headers)
        except NotAllowedError as error:
            return f"{host}: {error}", True
        except GuardError as error:
            return f"{host}: {error}", False
        if answer.status in _GONE:
            browser.delete()
            return None
        if 200 <= answer.status < 300:
            PushSubscription.objects.filter(pk=browser.pk).update(used_at=clock.now())
            return "", True
        is_transient = answer.status in _TRANSIENT or answer.status >= 500
        return f"{host}: {answer.status}", not is_transient


def payload_of(message: Outgoing) -> str:
    """Return what a message says, in the active language: never what it is about."""
    kind = kinds.get(message.notification.kind)
    is_incident = kind is not None and kind.is_incident
    text = _("An incident is waiting") if is_incident else _("A notification is waiting")
    return json.dumps({"text": text}, ensure_ascii=False)


def _encrypted(browser: PushSubscription, message: Outgoing) -> bytes:
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
