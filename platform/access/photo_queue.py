"""The queue of photos for the plate reader.

A queued photo is a passage in the state READING. A reader process holds the row's lock until the
decision is stored, so the photo returns to the queue when the process dies.
"""

import logging

from django.db import transaction

from access import services
from access.models import Decision, Passage
from core import photos
from devices.vision.plates import PlateCandidate, PlateReader, UnreadableImage

logger = logging.getLogger(__name__)


@transaction.atomic
def read_next_photo(reader: PlateReader) -> Decision | None:
    """Read the newest photo in the queue and decide by it; None if the queue is empty.

    The newest comes first: its car is at the barrier, while an older one's has most likely left.
    """
    passage = (
        Passage.objects.filter(state=Passage.State.READING)
        .select_related("device")
        .order_by("-at")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if passage is None:
        return None
    best, problem = _read(reader, passage)
    if best is None:
        return services.record_photo_read(
            passage, raw_text="", text="", confidence=0.0, box=None, problem=problem
        )
    return services.record_photo_read(
        passage,
        raw_text=best.raw_text,
        text=best.text,
        confidence=best.confidence,
        box=[best.box.x, best.box.y, best.box.x + best.box.width, best.box.y + best.box.height],
        colour=best.colour,
        format_name=best.format_name,
    )


def _read(reader: PlateReader, passage: Passage) -> tuple[PlateCandidate | None, str]:
    """Return the most likely plate on the passage's photo, or the reason why there is none."""
    try:
        found = reader.read(photos.load(passage.image))
    except (UnreadableImage, FileNotFoundError) as error:
        logger.warning("passage %s: %s", passage.pk, error)
        return None, str(error)
    except Exception as error:
        # The same photo would fail at every attempt, so it leaves the queue and a guard decides.
        logger.exception("plate reader failed on passage %s", passage.pk)
        return None, f"{type(error).__name__}: {error}"
    return (found[0], "") if found else (None, "")
