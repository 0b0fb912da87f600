"""The photographs that wait for our own reader, one at a time, none lost.

A passage that waits is a row: whichever reader process takes it holds its lock until the decision
is stored, so a reader that dies gives it back.
"""

import logging

from django.db import transaction

from access import pictures, services
from access.models import Decision, Passage
from devices.vision.plates import PlateReader, UnreadableImage

logger = logging.getLogger(__name__)


@transaction.atomic
def read_next(reader: PlateReader) -> Decision | None:
    """Read the newest photograph that waits and decide by it; None when none waits.

    The newest first: its car stands at the barrier, while an older one's has most likely gone.
    """
    passage = (
        Passage.objects.filter(state=Passage.State.READING)
        .select_related("site", "lane__lot", "lane__barrier", "lane__gate", "device")
        .order_by("-at")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if passage is None:
        return None
    try:
        found = reader.read(pictures.load(passage.image))
    except (UnreadableImage, FileNotFoundError) as error:
        logger.warning("passage %s: %s", passage.pk, error)
        return services.record_reading(
            passage, raw_text="", text="", confidence=0.0, box=None, problem=str(error)
        )
    if not found:
        return services.record_reading(passage, raw_text="", text="", confidence=0.0, box=None)
    best = found[0]
    return services.record_reading(
        passage,
        raw_text=best.raw_text,
        text=best.text,
        confidence=best.confidence,
        box=[best.box.x, best.box.y, best.box.x + best.box.width, best.box.y + best.box.height],
        colour=best.colour,
        format_name=best.format_name,
    )
