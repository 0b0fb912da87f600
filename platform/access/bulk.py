"""Passages of many reads at once: records of a time that is over, for which no barrier opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.models import Movement, Passage, PlateRead
from core.copying import assign_keys, copy_rows
from core.plates import fold, normalise
from estate.models import Lane


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
    copy_rows(_plate_read(passage, read) for passage, read in pairs)
    copy_rows(
        _movement(passage, read, read.moved_at)
        for passage, read in pairs
        if read.moved_at is not None
    )


def _plate_read(passage: Passage, read: PastRead) -> PlateRead:
    return PlateRead(
        passage=passage,
        source=PlateRead.Source.CAMERA,
        raw_text=read.plate[:64],
        text=passage.plate,
        confidence=read.confidence,
        colour=read.colour,
        device_at=read.at,
        received_at=passage.received_at,
    )


def _movement(passage: Passage, read: PastRead, at: datetime) -> Movement:
    return Movement(
        lane=read.lane,
        device_id=read.lane.camera_id,
        kind=read.movement,
        plate=passage.plate,
        device_at=at,
        at=at,
        received_at=passage.received_at,
        passage=passage,
    )


def _passage(read: PastRead) -> Passage:
    plate = normalise(read.plate)[:16]
    return Passage(
        site_id=read.lane.gate.site_id,
        lane=read.lane,
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
