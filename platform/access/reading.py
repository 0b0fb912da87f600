"""The photos that wait for our own reader, one at a time, none lost.

A passage that waits is a row: whichever reader process takes it holds its lock until the decision
is stored, so a reader that dies gives it back.
"""

import logging

from django.db import transaction

from access import services
from access.models import Decision, Passage
from core import photos
from devices.vision.plates import PlateCandidate, PlateReader, UnreadableImage

logger = logging.getLogger(__name__)


@transaction.atomic
def read_next(reader: PlateReader) -> Decision | None:
    """Read the newest photo that waits and decide by it; None when none waits.

    The newest first: its car stands at the barrier, while an older one's has most likely gone.
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
        return services.record_reading(
            passage, raw_text="", text="", confidence=0.0, box=None, problem=problem
        )
    return services.record_reading(
        passage,
        raw_text=best.raw_text,
        text=best.text,
        confidence=best.confidence,
        box=[best.box.x, best.box.y, best.box.x + best.box.width, best.box.y + best.box.height],
        colour=best.colour,
        format_name=best.format_name,
    )


def _read(reader: PlateReader, passage: Passage) -> tuple[PlateCandidate | None, str]:
    """Return the likeliest plate on the passage's photo, or why there is none."""
    try:
        found = reader.read(photos.load(passage.image))
    except (UnreadableImage, FileNotFoundError) as error:
        logger.warning("passage %s: %s", passage.pk, error)
        return None, str(error)
    except Exception as error:
        # A photo that breaks the engine would break it again at each start: a guard reads it.
        logger.exception("passage %s broke the reader", passage.pk)
        return None, f"{type(error).__name__}: {error}"
    return (found[0], "") if found else (None, "")
