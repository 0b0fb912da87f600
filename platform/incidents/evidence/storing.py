"""Store pieces of evidence: each once for its incident, with its digest."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import clock, photos
from incidents import timeline
from incidents.evidence.pieces import pieces_of
from incidents.evidence.registry import Found
from incidents.models import Evidence, Incident
from incidents.services.changes import announce

FOLDER = "evidence"
COLLECTED = timeline.declare(
    "evidence_collected",
    _("Evidence collected: %(number)s"),
    afterwards=_("Evidence collected"),
)


def digest_of(image: bytes | None, values: dict[str, Any]) -> str:
    """Return the SHA-256 of a picture, else of the values as canonical JSON, in hex."""
    return hashlib.sha256(image if image else canonical(values)).hexdigest()


def canonical(values: Any) -> bytes:
    """Return values as JSON that is the same for equal values: sorted, without spaces, UTF-8."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def store(incident: Incident, provider: str, pieces: Sequence[Found]) -> int:
    """Store the pieces that are not stored yet; return how many.

    Files are written before the transaction commits, and deleted if it fails.
    """
    written: list[str] = []
    try:
        with transaction.atomic():
            return _store_new(incident, provider, pieces, written)
    except BaseException:
        for name in written:
            photos.delete(name)
        raise


def _store_new(
    incident: Incident, provider: str, pieces: Sequence[Found], written: list[str]
) -> int:
    # Locked, so that two jobs don't store one piece twice.
    Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    # Late pieces of an incident that was merged belong to the one that goes on.
    own = pieces_of(incident).filter(provider=provider)
    known = set(own.values_list("key", flat=True))
    new = [piece for piece in pieces if piece.key not in known]
    for piece in {each.key: each for each in new}.values():
        image = ""
        if piece.image:
            image = photos.store(piece.image, piece.taken_at, FOLDER)
            written.append(image)
        _row(incident, provider, piece, image).save(force_insert=True)
    if new:
        announce(incident)
    return len(new)


def _row(incident: Incident, provider: str, piece: Found, image: str) -> Evidence:
    return Evidence(
        incident=incident,
        provider=provider,
        key=piece.key,
        kind=piece.kind,
        taken_at=piece.taken_at,
        collected_at=clock.now(),
        camera_id=piece.camera_id,
        image=image,
        values=piece.values,
        is_own=piece.is_own,
        sha256=digest_of(piece.image, piece.values),
    )
