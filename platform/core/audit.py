"""The audit chain: who did or read what, each entry sealed with the one before it."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from core import clock, keys
from core.models import AuditEntry, Site, User

GENESIS = "0" * 64
# The first key of the advisory locks that put a site's entries in line; the second is the site.
_LOCK_SPACE = 0x61_75_64_69
# A page that stands open asks again and again: that is one look at it.
ONE_LOOK_S = 600


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold."""

    entry: AuditEntry
    problem: str


@transaction.atomic
def record(
    site: Site | None, actor: User | str, action: str, subject: str, **detail: Any
) -> AuditEntry:
    """Add an entry to the site's chain, in the caller's transaction.

    Args:
        site: whose chain; None for the installation's own.
        actor: the person, or the name of the process that acted.
        action: a verb and its object, such as ``read photo`` or ``lift barrier``.
        subject: what it was done to, such as ``passage:12``.
        detail: JSON values worth keeping, such as the reason given.
    """
    site_id = site.pk if site else None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, site_id or 0])
    last = AuditEntry.objects.filter(site=site).order_by("-seq").first()
    entry = AuditEntry(
        site=site,
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        actor=actor.get_username() if isinstance(actor, User) else actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=last.digest if last else GENESIS,
    )
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    return entry


def record_read(site: Site, actor: User, action: str, subject: str) -> None:
    """Note that a person looked at something personal; once again within ten minutes is no news.

    Args:
        site: whose chain.
        actor: who looked.
        action: ``read`` and what was read, such as ``read stay``.
        subject: which one.
    """
    look = f"audit:{site.pk}:{actor.pk}:{action.replace(' ', '-')}:{subject}"
    if cache.get(look) is None:
        record(site, actor, action, subject)
        cache.set(look, True, ONE_LOOK_S)


def breaks(site: Site | None) -> Iterator[Break]:
    """Yield every place where the site's chain was altered or a link is gone."""
    previous, seq = GENESIS, 0
    for entry in AuditEntry.objects.filter(site=site).order_by("seq").iterator():
        if entry.seq != seq + 1:
            yield Break(entry, f"entries {seq + 1} to {entry.seq - 1} are gone")
        elif entry.previous != previous:
            yield Break(entry, "it does not follow the entry before it")
        if not hmac.compare_digest(entry.digest, _digest(entry)):
            yield Break(entry, "its content was altered")
        previous, seq = entry.digest, entry.seq


def _digest(entry: AuditEntry) -> str:
    sealed = [
        entry.site_id,
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous,
    ]
    text = json.dumps(sealed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(keys.derive("audit chain"), text.encode(), hashlib.sha256).hexdigest()
