"""The browsers to which a person's push messages are sent."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import User
from people.models import PushSubscription

#: So many browsers of one person are kept; the one added first goes.
MOST_BROWSERS = 10
_KEY_BYTES, _SECRET_BYTES = 65, 16  # RFC 8291, 3.1 and 3.2
_LONGEST_ENDPOINT = 1000
_keys: list[Callable[[], str]] = []


def use_public_key(source: Callable[[], str]) -> None:
    """Register what returns the installation's public key; wired with the push channel."""
    _keys[:] = [source]


def public_key() -> str:
    """Return the key with which browsers subscribe; empty where no push messages are sent."""
    return _keys[0]() if _keys else ""


def of_user(user: User) -> QuerySet[PushSubscription]:
    """Return a person's browsers, the one added last first."""
    return PushSubscription.objects.filter(user=user).order_by("-added_at", "-pk")


@transaction.atomic
def subscribe(
    user: User, *, endpoint: str, p256dh: str, auth: str, browser: str
) -> PushSubscription:
    """Send a person's push messages to a browser; another person's on it end.

    Args:
        endpoint: the address at the browser's push service.
        p256dh, auth: the browser's public key and secret, as base64url.
        browser: what people call it.

    Raises:
        Rejection: the address is no https address, or a key is malformed.
    """
    _validate(endpoint, p256dh, auth)
    values = {"user": user, "p256dh": p256dh, "auth": auth, "browser": browser[:120]}
    row, _created = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={**values, "added_at": clock.now()}
    )
    surplus = of_user(user).values_list("pk", flat=True)[MOST_BROWSERS:]
    PushSubscription.objects.filter(pk__in=list(surplus)).delete()
    audit.record(None, user, "add push browser", ("user", user.pk))
    return row


@transaction.atomic
def unsubscribe(row: PushSubscription) -> None:
    """Send no more push messages to a browser."""
    row.delete()
    audit.record(None, row.user, "remove push browser", ("user", row.user_id))


def _validate(endpoint: str, p256dh: str, auth: str) -> None:
    try:
        parts = urlsplit(endpoint)
        is_address = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or len(endpoint) > _LONGEST_ENDPOINT or not endpoint.isascii():
        raise _rejection("endpoint", "invalid_address")
    if len(_decoded(p256dh)) != _KEY_BYTES or len(_decoded(auth)) != _SECRET_BYTES:
        raise _rejection("keys", "invalid_key")


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _rejection(field: str, code: str) -> Rejection:
    text = _("this browser's subscription can't be used")
    return Rejection(field, code, text, _("try another browser"))
