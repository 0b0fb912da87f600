"""Dead letters: what was refused, kept with its reason until a person deals with it."""

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

# A larger message is kept in part, with its true size: nobody reads more, and disks fill up.
LARGEST_KEPT = 256 * 1024
MOST_AT_ONCE = 100  # in one statement: each letter may have its quarter of a megabyte


def broken(topic: str, error: Exception) -> Rejection:
    """Return the rejection of a message that broke its handling; the trace goes to the log."""
    logger.error("a message on %s broke its handling", topic, exc_info=error)
    return rejected("handling", "handler_failed", error=f"{type(error).__name__}: {error}")


class Refused(NamedTuple):
    """A message that was refused.

    Attributes:
        topic: where it came from.
        payload: its bytes, of which at most `LARGEST_KEPT` are kept.
        rejection: why.
        site_id: whose staff may see it; None for the installation's own.
    """

    topic: str
    payload: bytes
    rejection: Rejection
    site_id: int | None


def keep(
    topic: str, payload: bytes, rejection: Rejection, site_id: int | None, received_at: datetime
) -> DeadLetter:
    """Write one dead letter as `keep_all` does, and return it."""
    return keep_all([Refused(topic, payload, rejection, site_id)], received_at)[0]


def keep_all(refused: Sequence[Refused], received_at: datetime) -> list[DeadLetter]:
    """Write the dead letters in the caller's transaction and tell each site's open pages once."""
    letters = [_letter(one, received_at) for one in refused]
    DeadLetter.objects.bulk_create(letters, batch_size=MOST_AT_ONCE)
    for site_id in sorted({one.site_id for one in refused if one.site_id is not None}):
        live.announce(topics.DEAD_LETTER, site_id)
    return letters


def _letter(refused: Refused, received_at: datetime) -> DeadLetter:
    topic, payload, rejection, site_id = refused
    return DeadLetter(
        site_id=site_id,
        topic=storable(topic, 512),
        payload=payload[:LARGEST_KEPT],
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
    """Return the site of that slug, None when there is none."""
    return sites_named([slug]).get(slug) if slug else None


def sites_named(slugs: Iterable[str]) -> dict[str, int]:
    """Return those of the sites that there are, by the slugs that were asked for."""
    fitting = {slug: storable(slug, 40) for slug in slugs}
    known = dict(Site.objects.filter(slug__in=set(fitting.values())).values_list("slug", "pk"))
    return {slug: known[fitted] for slug, fitted in fitting.items() if fitted in known}
