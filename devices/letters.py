"""Dead letters: what was refused, kept with its reason until a person deals with it."""

from datetime import datetime

from core import live
from core.errors import Refusal
from core.models import Site
from devices.models import DeadLetter

# A larger message is kept in part, with its true size: nobody reads more, and disks fill up.
LARGEST_KEPT = 256 * 1024


def keep(
    topic: str, payload: bytes, refusal: Refusal, site_id: int | None, received_at: datetime
) -> DeadLetter:
    """Write the dead letter in the caller's transaction and tell the site's open pages.

    Args:
        topic: where the message came from.
        payload: its bytes, of which at most `LARGEST_KEPT` are kept.
        refusal: why.
        site_id: whose staff may see it; None for the installation's own.
        received_at: when it came.
    """
    letter = DeadLetter.objects.create(
        site_id=site_id,
        topic=fit(topic, 512),
        payload=payload[:LARGEST_KEPT],
        size=len(payload),
        field=fit(refusal.field, 120),
        problem=fit(refusal.problem, 400),
        mend=fit(refusal.mend, 400),
        received_at=received_at,
    )
    if site_id is not None:
        live.announce(site_id, "dead_letter")
    return letter


def site_named(slug: str | None) -> int | None:
    """Return the site of that slug, None when there is none."""
    if not slug:
        return None
    return Site.objects.filter(slug=fit(slug, 40)).values_list("pk", flat=True).first()


def fit(text: str, length: int) -> str:
    """Cut the text to the column, without what PostgreSQL can't store.

    A reason may quote the message, and a message may hold anything: NUL, or half a character.
    """
    storable = text.encode(errors="replace").decode().replace("\0", "\ufffd")
    return storable if len(storable) <= length else storable[: length - 1] + "…"
