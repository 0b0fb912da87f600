"""The texts of notifications in the active language, or in their recipients'."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import ngettext, override

from core import clock
from core.models import Notification, User
from core.notifications import kinds


def title_of(notification: Notification) -> str:
    """Return the title in the active language."""
    return _text(notification, notification.title)


def text_of(notification: Notification, count: int | None = None) -> str:
    """Return the text in the active language, with the number of further notices.

    Args:
        count: how many notices a message covers; None: all that there were.
    """
    found = _text(notification, notification.text) if notification.text else ""
    more = _further(notification, (notification.count if count is None else count) - 1)
    return "\n".join(part for part in (found, more) if part)


def further(count: int) -> str:
    """Return how many further notices there were; empty for none."""
    if count < 1:
        return ""
    shown = ngettext("%(count)s more time", "%(count)s more times", count)
    return shown % {"count": count}


def _further(notification: Notification, count: int) -> str:
    kind = kinds.get(notification.kind)
    if kind is None or kind.further is None or count < 1:
        return further(count)
    return kind.further(count)


@contextmanager
def language_of(user: User) -> Iterator[None]:
    """Activate a person's language, or the installation's."""
    with override(user.language or settings.LANGUAGE_CODE):
        yield


def _text(notification: Notification, code: str) -> str:
    kind = kinds.get(notification.kind)
    if kind is None or code not in kind.texts:
        # The room that declared it is gone; the code still says what it was.
        return str(kind.label) if kind is not None else notification.kind
    with _zone_of(notification):
        return str(kind.texts[code]) % _Values(_values(kind, notification.params))


def _values(kind: kinds.NoticeKind, params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: kind.formats[name](value) if name in kind.formats else value
        for name, value in params.items()
    }


@contextmanager
def _zone_of(notification: Notification) -> Iterator[None]:
    if notification.site is None:
        yield
        return
    with timezone.override(clock.zone(notification.site.timezone)):
        yield


class _Values(dict[str, Any]):
    """Parameters of a text; one that was not stored is shown as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"
