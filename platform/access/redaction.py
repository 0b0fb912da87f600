"""Remove the car from passages: photo, plate, reads and movements; the passage stays."""

from access.models import Decision, Movement, Passage, PlateRead
from core import photos


def redact(images: dict[int, str]) -> int:
    """Redact passages in the caller's transaction; return how many.

    Photos are deleted before the commit: after a crash between the two they would stay for ever.

    Args:
        images: the passages' keys with the paths of their photos, empty without one.
    """
    PlateRead.objects.filter(passage__in=images).delete()
    Movement.objects.filter(passage__in=images).delete()
    Decision.objects.filter(passage__in=images).update(plate="", facts={}, trace=[])
    Passage.objects.filter(pk__in=images).update(plate="", folded="", image="", redacted=True)
    for image in filter(None, images.values()):
        photos.delete(image)
    return len(images)
