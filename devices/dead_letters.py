"""Dead letters: rejected messages, stored with the reason until a user handles them."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import translation

from core import live
from core.errors import Rejection
from core.models import Site
from devices import topics
from devices.models import DeadLetter
from devices.rejections import STORED_LANGUAGE, rejected, storable

logger = logging.getLogger(__name__)

# A larger message is stored truncated, with its true size, so that it cannot fill the disk.
MAX_STORED = 256 * 1024
BATCH_SIZE = 100  # rows in one statement, each of up to a quarter of a megabyte


def handler_failure(topic: str, error: Exception) -> Rejection:
    """Log an exception that a message caused in its handlers; return it as a rejection."""
    logger.error("a handler failed on a message of %s", topic, exc_info=error)
    return rejected("handling", "handler_failed", error=f"{type(error).__name__}: {error}")


class RejectedMessage(NamedTuple):
    """A message to be stored as a dead letter.

    Attributes:
        topic: the topic it was published on.
        payload: its bytes, of which at most `MAX_STORED` are stored.
        rejection: the reason.
        site_id: the site whose staff may see it; None for the installation's staff only.
    """

    topic: str
    payload: bytes
    rejection: Rejection
    site_id: int | None


def store(
    topic: str, payload: bytes, rejection: Rejection, site_id: int | None, received_at: datetime
) -> DeadLetter:
    """Store one dead letter as `store_all` does, and return it."""
    return store_all([RejectedMessage(topic, payload, rejection, site_id)], received_at)[0]


def store_all(messages: Sequence[RejectedMessage], received_at: datetime) -> list[DeadLetter]:
    """Store dead letters in the caller's transaction and announce them once per site."""
    letters = [_letter(one, received_at) for one in messages]
    DeadLetter.objects.bulk_create(letters, batch_size=BATCH_SIZE)
    for site_id in sorted({one.site_id for one in messages if one.site_id is not None}):
        live.announce(topics.DEAD_LETTER, site_id)
    return letters


def _letter(message: RejectedMessage, received_at: datetime) -> DeadLetter:
    topic, payload, rejection, site_id = message
    return DeadLetter(
        site_id=site_id,
        topic=storable(topic, 512),
        payload=payload[:MAX_STORED],
        size=len(payload),
        received_at=received_at,
        **reason_columns(rejection),
    )


def reason_columns(rejection: Rejection) -> dict[str, Any]:
    """Return the columns that state a rejection, its texts in `STORED_LANGUAGE`."""
    with translation.override(STORED_LANGUAGE):
        return {
            "field": storable(rejection.field, 120),
            "code": rejection.code,
            "params": dict(rejection.params),
            "message": storable(str(rejection.message), 400),
            "hint": storable(str(rejection.hint), 400),
        }


def site_named(slug: str | None) -> int | None:
    """Return the primary key of the site with that slug, if there is one."""
    return sites_named([slug]).get(slug) if slug else None


def sites_named(slugs: Iterable[str]) -> dict[str, int]:
    """Return the primary keys of the sites with these slugs; unknown slugs are left out."""
    fitting = {slug: storable(slug, 40) for slug in slugs}
    known = dict(Site.objects.filter(slug__in=set(fitting.values())).values_list("slug", "pk"))
    return {slug: known[fitted] for slug, fitted in fitting.items() if fitted in known}
