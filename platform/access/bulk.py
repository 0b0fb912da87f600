"""Passages of many reads at once: records of a time that is over, for which no barrier opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.models import Movement, Passage, PlateRead
from core.copying import assign_keys, copy_rows, copy_values, new_row
from core.plates import fold, normalise
from estate.models import Lane

_READ = (
    "passage_id",
    "source",
    "raw_text",
    "text",
    "confidence",
    "colour",
    "device_at",
    "received_at",
)
_MOVEMENT = (
    "lane_id",
    "device_id",
    "kind",
    "plate",
    "device_at",
    "at",
    "received_at",
    "passage_id",
)


@dataclass(frozen=True, slots=True)
class PastRead:
    """A plate that a lane's camera read.

    Attributes:
        at: adjusted device time.
        received_at: when the record arrived; at once by default.
        moved_at: when the car passed the lane or turned back; None where that is not known.
        movement: which of the two it did.
        offline: the device recorded it while it had no connection.
    """

    lane: Lane
    plate: str
    at: datetime
    received_at: datetime | None = None
    moved_at: datetime | None = None
    offline: bool = False
    confidence: float = 1.0
    colour: str = ""
    movement: str = Movement.Kind.PASSED


@transaction.atomic(savepoint=False)
def record_past_reads(reads: Sequence[PastRead]) -> list[Passage]:
    """Store the reads as passages that are over, with a few statements for all of them.

    No decision is made, and no stay is changed: `parking.bulk.record_stays` does that.
    """
    passages = passages_of(reads)
    copy_rows(passages)
    copy_facts(passages, reads)
    return passages


def passages_of(reads: Sequence[PastRead]) -> list[Passage]:
    """Return the unsaved passages of the reads, with their primary keys."""
    passages = [_passage(each) for each in reads]
    assign_keys(passages)
    return passages


def copy_facts(passages: Sequence[Passage], reads: Sequence[PastRead]) -> None:
    """Store the plate reads and the movements of stored passages, in the order of the reads."""
    pairs = list(zip(passages, reads, strict=True))
    copy_values(PlateRead, _READ, (_plate_read(passage, read) for passage, read in pairs))
    moved = (_movement(passage, read) for passage, read in pairs if read.moved_at is not None)
    copy_values(Movement, _MOVEMENT, moved)


def _plate_read(passage: Passage, read: PastRead) -> tuple[object, ...]:
    return (
        passage.pk,
        PlateRead.Source.CAMERA,
        read.plate[:64],
        passage.plate,
        read.confidence,
        read.colour,
        read.at,
        passage.received_at,
    )


def _movement(passage: Passage, read: PastRead) -> tuple[object, ...]:
    return (
        read.lane.pk,
        read.lane.camera_id,
        read.movement,
        passage.plate,
        read.moved_at,
        read.moved_at,
        passage.received_at,
        passage.pk,
    )


def _passage(read: PastRead) -> Passage:
    plate = normalise(read.plate)[:16]
    return new_row(
        Passage,
        {"lane": read.lane},
        site_id=read.lane.gate.site_id,
        device_id=read.lane.camera_id,
        direction=read.lane.direction,
        at=read.at,
        received_at=read.received_at or read.at,
        seen_at=read.at,
        offline=read.offline,
        plate=plate,
        folded=fold(plate),
        confidence=read.confidence,
        colour=read.colour,
        state=read.movement if read.moved_at else Passage.State.HELD,
        ended_at=read.moved_at,
    )
