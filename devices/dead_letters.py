"""Dead letters: rejected messages, stored with the reason until a user handles them."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet, Sum, Window
from django.db.models.functions import Length
from django.utils import translation

from core import live
from core.errors import Rejection
from core.models import Site
from core.retention import Scope, without_held
from devices import topics
from devices.models import DeadLetter
from devices.rejections import STORED_LANGUAGE, rejected, storable
from devices.senders import classify

logger = logging.getLogger(__name__)

# A larger message is stored truncated, with its true size, so that it cannot fill the disk.
MAX_STORED = 256 * 1024
# Equal messages (of one sender, with the same field and code) that are kept with their payloads;
# the oldest of them is replaced by the next one, which counts for both.
KEPT_EQUAL = 300
# Open dead letters of one sender and of one site; above it, the oldest are deleted.
KEPT_OF_SENDER, KEPT_OF_SITE = 1_000, 20_000
# Bytes of their payloads; above it, the oldest payloads are emptied and their reasons kept.
BYTES_OF_SENDER, BYTES_OF_SITE = 16 * 1024 * 1024, 256 * 1024 * 1024
#: By which fields a legal hold recognises a dead letter.
SCOPE = Scope(site="site", at="received_at")
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
    DeadLetter.objects.bulk_create(_fold(letters), batch_size=BATCH_SIZE)
    for sender in {letter.sender for letter in letters}:
        _limit_sender(sender)
    for site_id in sorted({one.site_id for one in messages if one.site_id is not None}):
        live.announce(topics.DEAD_LETTER, site_id)
    return letters


def _fold(letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Return the letters to insert: of equal ones the newest `KEPT_EQUAL`.

    Those stored before are deleted as far as they are more; the first of the new ones counts for
    all that are not kept.
    """
    groups: dict[tuple[str, str, str], list[DeadLetter]] = {}
    for letter in letters:
        groups.setdefault((letter.sender, letter.field, letter.code), []).append(letter)
    kept: list[DeadLetter] = []
    for (sender, field, code), equal in groups.items():
        newest = equal[-KEPT_EQUAL:]
        newest[0].occurrences += len(equal) - len(newest)
        stored = _open().filter(sender=sender, field=field, code=code).order_by("-pk")
        newest[0].occurrences += _delete(stored, KEPT_EQUAL - len(newest))
        kept += newest
    return kept


def _limit_sender(sender: str) -> None:
    letters = _open().filter(sender=sender).order_by("-pk")
    _delete(letters, KEPT_OF_SENDER)
    _empty_payloads(letters, BYTES_OF_SENDER)


def limit_sites() -> int:
    """Delete the oldest open dead letters of each site above its limits; return how many.

    Where their payloads are too large together, the oldest payloads are emptied. What a legal hold
    covers stays as it is, also above a limit.
    """
    deleted = 0
    for site in [None, *Site.objects.all()]:
        letters = _open().filter(site=site).order_by("-pk")
        deleted += _delete(letters, KEPT_OF_SITE)
        _empty_payloads(letters, BYTES_OF_SITE)
    return deleted


def _delete(newest_first: QuerySet[DeadLetter], kept: int) -> int:
    """Delete all but the first letters; return how many messages the deleted ones stood for."""
    keys = list(newest_first.values_list("pk", flat=True)[kept:])
    if not keys:
        return 0
    with transaction.atomic():
        free = without_held(DeadLetter.objects.filter(pk__in=keys), SCOPE)
        rows = dict(free.values_list("pk", "occurrences"))
        DeadLetter.objects.filter(pk__in=rows).delete()
    return sum(rows.values())


def _empty_payloads(newest_first: QuerySet[DeadLetter], most: int) -> None:
    """Empty the payloads of the oldest letters, so that the others have at most so many bytes."""
    stored = newest_first.annotate(stored=Length("payload")).filter(stored__gt=0)
    total = Window(Sum("stored"), order_by=F("pk").desc())
    excess = stored.annotate(total=total).filter(total__gt=most)
    oldest = list(excess.values_list("pk", flat=True))
    if oldest:
        with transaction.atomic():
            free = without_held(DeadLetter.objects.filter(pk__in=oldest), SCOPE)
            free.update(payload=b"")


def _open() -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(replayed_at=None, discarded_at=None)


def _letter(message: RejectedMessage, received_at: datetime) -> DeadLetter:
    topic, payload, rejection, site_id = message
    return DeadLetter(
        site_id=site_id,
        topic=storable(topic, 512),
        sender=storable(str(classify(topic, payload).sender), 200),
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
