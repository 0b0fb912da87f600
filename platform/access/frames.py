"""The frames of a passage: up to five photos of one car, which are read together."""

from collections.abc import Sequence
from contextlib import suppress

from access.models import Passage, PassageFrame
from core import photos

MOST_FRAMES = 5


def store_more(several: Sequence[tuple[Passage, Sequence[bytes]]]) -> int:
    """Store further frames of passages, each up to five in all; return how many were stored.

    Where a passage has no photo yet, the first is its own.
    """
    new = []
    for passage, images in several:
        kept = images[: MOST_FRAMES - len(images_of(passage))] if images else ()
        paths = [photos.store(image, passage.received_at) for image in kept]
        if paths and not passage.image:
            passage.image = paths.pop(0)
            passage.save(update_fields=["image"])
        new += [PassageFrame(passage=passage, image=path) for path in paths]
    PassageFrame.objects.bulk_create(new)
    return len(new)


def images_of(passage: Passage) -> list[str]:
    """Return the paths of a passage's photos, its own first."""
    further = passage.frames.order_by("pk").values_list("image", flat=True)
    return [each for each in (passage.image, *further) if each]


def show(passage: Passage, image: str) -> None:
    """Make one of a passage's frames its own photo, in exchange for that; the caller saves it."""
    if (
        image
        and image != passage.image
        and passage.frames.filter(image=image).update(image=passage.image)
    ):
        passage.image = image


def load(paths: Sequence[str]) -> dict[str, bytes]:
    """Return the photos that still exist, by their paths.

    Raises:
        FileNotFoundError: none does.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        with suppress(FileNotFoundError):
            found[path] = photos.load(path)
    if not found:
        raise FileNotFoundError("its photo has been deleted")
    return found
