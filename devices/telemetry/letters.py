"""Refused messages, kept as dead letters until a person deals with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.errors import Refusal
from core.models import Site
from devices.models import DeadLetter


class Raw(NamedTuple):
    """A message as the broker gave it."""

    topic: str
    payload: bytes


class Refused(NamedTuple):
    """A message and why it was refused."""

    raw: Raw
    refusal: Refusal


def keep(refused: Sequence[Refused], received_at: datetime) -> None:
    """Keep these messages whole, each at the site its topic names, if there is such a site."""
    sites = _sites([raw.topic for raw, _ in refused])
    DeadLetter.objects.bulk_create(
        DeadLetter(
            site_id=sites.get(_slug(raw.topic)),
            topic=_fit(raw.topic, 512),
            payload=raw.payload,
            size=len(raw.payload),
            field=_fit(refusal.field, 120),
            problem=_fit(refusal.problem, 400),
            mend=_fit(refusal.mend, 400),
            received_at=received_at,
        )
        for raw, refusal in refused
    )


def _sites(topics: Sequence[str]) -> dict[str, int]:
    slugs = {_slug(topic) for topic in topics}
    return dict(Site.objects.filter(slug__in=slugs).values_list("slug", "id"))


def _slug(topic: str) -> str:
    """Return the site of ``gh/v1/{site}/…``, which PostgreSQL can compare whatever it is."""
    parts = topic.split("/", 3)
    return _fit(parts[2], 40) if len(parts) == 4 and parts[:2] == ["gh", "v1"] else ""


def _fit(text: str, length: int) -> str:
    """Cut the text to the column, without what PostgreSQL cannot store: NUL and half characters.

    The text may quote the refused message, and what it quotes can be anything.
    """
    storable = text.encode(errors="replace").decode().replace("\0", "\ufffd")
    return storable if len(storable) <= length else storable[: length - 1] + "…"
