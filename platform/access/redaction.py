"""Remove the car from passages, in two steps; the passage stays."""

import hmac
from collections.abc import Mapping

from django.db.models import F, Q

from access.models import Decision, Movement, Passage, PassageFrame, PlateRead
from core import keys, photos
from core.plates import fold

_HASH_DIGITS = 32


def reduce_passages(images: Mapping[int, str]) -> int:
    """Delete photos, raw readings and candidates in the caller's transaction; return how many.

    The plate in force stays, with the reads that say so. Photos are deleted before the commit:
    after a crash between the two they would stay for ever.

    Args:
        images: the passages' keys with the paths of their photos, empty without one. Their further
            frames are deleted with them.
    """
    reads = PlateRead.objects.filter(passage__in=images)
    reads.filter(~Q(text=F("passage__plate")) | Q(text="")).delete()
    reads.update(raw_text="", box=None)
    Passage.objects.filter(pk__in=images).update(image="", reduced=True)
    _delete_photos(images)
    return len(images)


def redact(images: Mapping[int, str]) -> int:
    """Redact passages in the caller's transaction; return how many.

    Photo, plate, reads and movements are deleted; a keyed hash stands in for the plate.

    Args:
        images: as of `reduce_passages`.
    """
    PlateRead.objects.filter(passage__in=images).delete()
    Movement.objects.filter(passage__in=images).delete()
    Decision.objects.filter(passage__in=images).update(plate="", facts={}, trace=[])
    _replace_plates(images)
    _delete_photos(images)
    return len(images)


def hash_plate(site_id: int, plate: str) -> str:
    """Return the keyed hash that stands in for a deleted plate, of that site alone.

    Look-alikes have the same hash. Without the master key it can't be found by trying plates.
    """
    if not plate:
        return ""
    key = keys.derive(f"plates of site {site_id}")
    return hmac.digest(key, fold(plate).encode(), "sha256").hex()[:_HASH_DIGITS]


def _replace_plates(images: Mapping[int, str]) -> None:
    passages = list(Passage.objects.filter(pk__in=images).only("site_id", "plate", "plate_hash"))
    for passage in passages:
        passage.plate_hash = hash_plate(passage.site_id, passage.plate) or passage.plate_hash
        passage.plate = passage.folded = passage.image = ""
        passage.reduced = passage.redacted = True
    fields = ["plate_hash", "plate", "folded", "image", "reduced", "redacted"]
    Passage.objects.bulk_update(passages, fields)


def _delete_photos(images: Mapping[int, str]) -> None:
    frames = PassageFrame.objects.filter(passage__in=images)
    for image in filter(None, [*images.values(), *frames.values_list("image", flat=True)]):
        photos.delete(image)
    frames.delete()
