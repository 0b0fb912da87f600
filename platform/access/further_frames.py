"""Messages about a car that is at the lane already: a camera sends its frames one by one."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from access import decisions, frames, movements, services
from access.models import Passage, PlateRead
from access.reads import plate_of, set_plate
from devices import events

#: A camera may use the id of a visit again after a restart: it is the same car's for so long.
LONGEST_VISIT = timedelta(minutes=1)
#: After these a further frame may make the reading certain.
_UNSURE = ("no_plate", "confidence", "doubt")
_Visit = tuple[int | None, str]


@transaction.atomic(savepoint=False)
def record(seen: Sequence[events.PlateSeen]) -> None:
    """Store the cars that cameras report, and add further frames to the passages they belong to."""
    known = _known(seen)  # locked before the lanes, as everywhere
    new: list[events.PlateSeen] = []
    further: list[events.PlateSeen] = []
    for event in seen:
        (further if event.visit and _visit(event) in known else new).append(event)
        known.setdefault(_visit(event), None)
    passages = services.record_plates_seen(new) if new else []
    known |= {(each.device_id, each.visit): each for each in passages if each.visit}
    for event in further:
        passage = known[_visit(event)]
        if passage is not None:
            _add(services.lock_passage(passage), event)


def _visit(event: events.PlateSeen) -> _Visit:
    return event.device_id, event.visit


def _known(seen: Iterable[events.PlateSeen]) -> dict[_Visit, Passage | None]:
    """Return the passages, locked, that messages with the id of a visit may belong to."""
    named = [event for event in seen if event.visit]
    if not named:
        return {}
    wanted = Q()
    for event in named:
        since = event.received_at - LONGEST_VISIT
        wanted |= Q(device=event.device_id, visit=event.visit, received_at__gte=since)
    rows = Passage.objects.filter(wanted).exclude(visit="").select_for_update(of=("self",))
    return {(each.device_id, each.visit): each for each in rows.order_by("pk")}


def _add(passage: Passage, event: events.PlateSeen) -> None:
    """Add the frames of a message to a passage that is not decided yet, and read it again.

    A car that was let through or has left needs no further photo, and a guard's word stands.
    """
    if not _is_open(passage):
        return
    images = [event.image] if event.image is not None else []
    stored = frames.store_more([(passage, [*images, *event.more_images])])
    read = _record(passage, event)
    if read.text and round(read.confidence * 100) >= passage.lane.camera_limit:
        set_plate(passage, read)
        passage.save(update_fields=["plate", "folded", "confidence"])
        decisions.decide(passage, read)
        movements.match_again(passage)
    elif stored:
        passage.state, passage.read_attempts = Passage.State.READING, 0
        passage.save(update_fields=["state", "read_attempts"])
        services.queue_photo(passage)


def _record(passage: Passage, event: events.PlateSeen) -> PlateRead:
    text = plate_of(event.raw_text)
    return PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.CAMERA,
        raw_text=event.raw_text[:64],
        text=text,
        confidence=event.confidence if text else 0.0,
        colour=event.colour,
        box=list(event.box) if event.box else None,
        device_at=event.at,
        received_at=event.received_at,
    )


def _is_open(passage: Passage) -> bool:
    if passage.state == Passage.State.READING:
        return True
    if passage.state != Passage.State.HELD:
        return False
    last = passage.decisions.order_by("pk").last()
    is_unsure = last is None or last.rule in _UNSURE
    return is_unsure and not passage.reads.filter(source=PlateRead.Source.GUARD).exists()
