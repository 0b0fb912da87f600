"""Passages of many reads at once: records of a time that is over, for which no barrier opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.models import Movement, Passage, PlateRead
from core.plates import fold, normalise
from estate.models import Lane


@dataclass(frozen=True, slots=True)
class PastRead:
    """A plate that a lane's camera read.

    Attributes:
        at: adjusted device time.
        received_at: when the record arrived; at once by default.
        moved_at: when the car passed the lane; None where that is not known.
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


@transaction.atomic(savepoint=False)
def record_past_reads(reads: Sequence[PastRead]) -> list[Passage]:
    """Store the reads as passages that are over, with a few statements for all of them.

    No decision is made, and no stay is changed: `parking.bulk.record_stays` does that.
    """
    passages = Passage.objects.bulk_create(_passage(each) for each in reads)
    PlateRead.objects.bulk_create(
        PlateRead(
            passage=passage,
            source=PlateRead.Source.CAMERA,
            raw_text=read.plate[:64],
            text=passage.plate,
            confidence=read.confidence,
            colour=read.colour,
            device_at=read.at,
            received_at=passage.received_at,
        )
        for passage, read in zip(passages, reads, strict=True)
    )
    Movement.objects.bulk_create(
        Movement(
            lane=read.lane,
            device_id=read.lane.camera_id,
            kind=Movement.Kind.PASSED,
            plate=passage.plate,
            device_at=read.moved_at,
            at=read.moved_at,
            received_at=passage.received_at,
            passage=passage,
        )
        for passage, read in zip(passages, reads, strict=True)
        if read.moved_at is not None
    )
    return passages


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
        state=Passage.State.PASSED if read.moved_at else Passage.State.HELD,
        ended_at=read.moved_at,
    )
