"""Which plate readings are known to be right or wrong.

A reading is what a camera or the plate reader read, before a plate on file was adopted. It is

* wrong where staff corrected it to another text;
* right where staff entered the same text, where the plate is registered here (a resident's car, an
  allow-list entry, a visitor pass), or where another camera of the site read the same plate within
  the week before, as at an exit the one at the entry did;
* unverified otherwise: then it counts neither way.

Texts are compared folded (`core.plates.fold`). What confirms a reading is known when the car comes:
a confirmation that follows later, such as the exit of a car that entered, would make the latest
readings look worse than earlier ones.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from core.plates import TEST_PLATE, fold
from devices.vision.failures import Failure

SEEN_BEFORE = timedelta(days=7)
# The sums with an interval of nothing have PostgreSQL find other rows by their plate: by their time
# it would read a week's passages for each one.
_READINGS = """
SELECT car.id, car.device_id, car.seen_at, car.received_at, car.image, car.evidence, car.plate,
    car.folded, read.text, read.confidence, read.doubt = '' AND round(read.confidence * 100) >=
        CASE read.source WHEN 'reader' THEN lane.reader_limit ELSE lane.camera_limit END,
    guard.text, car.folded <> '' AND (
        EXISTS (SELECT FROM people_vehicle AS own
            WHERE own.site_id = car.site_id AND own.folded = car.folded
              AND own.begins_at + interval '0' <= car.seen_at
              AND (own.ends_at IS NULL OR own.ends_at > car.seen_at))
        OR EXISTS (SELECT FROM access_accesslistentry AS own
            WHERE own.site_id = car.site_id AND own.folded = car.folded AND own.kind = 'allow'
              AND own.begins_at + interval '0' <= car.seen_at
              AND (own.ends_at IS NULL OR own.ends_at > car.seen_at))
        OR EXISTS (SELECT FROM access_visitorpass AS own
            WHERE own.site_id = car.site_id AND own.folded = car.folded
              AND own.begins_at + interval '0' <= car.seen_at AND own.ends_at > car.seen_at)
        OR EXISTS (SELECT FROM access_passage AS other
            WHERE other.site_id = car.site_id AND other.folded = car.folded AND other.folded <> ''
              AND other.seen_at + interval '0' < car.seen_at
              AND other.seen_at + interval '0' >= car.seen_at - %(before)s
              AND other.device_id <> car.device_id)),
    box.box
FROM access_passage AS car
JOIN estate_lane AS lane ON lane.id = car.lane_id
JOIN LATERAL (
    SELECT source, text, confidence, doubt FROM access_plateread
    WHERE passage_id = car.id AND source IN ('camera', 'reader')
    ORDER BY text <> '' DESC, source = 'reader' DESC, id DESC LIMIT 1) AS read ON true
LEFT JOIN LATERAL (
    SELECT text FROM access_plateread WHERE passage_id = car.id AND source = 'guard'
    ORDER BY id DESC LIMIT 1) AS guard ON true
LEFT JOIN LATERAL (
    SELECT box FROM access_plateread WHERE passage_id = car.id AND box IS NOT NULL
    ORDER BY id DESC LIMIT 1) AS box ON true
WHERE car.site_id = %(site)s AND car.seen_at >= %(begin)s AND car.seen_at < %(end)s
  AND NOT car.reduced AND NOT car.redacted AND car.device_id IS NOT NULL
  AND car.state NOT IN ('reading', 'reread') AND car.plate <> %(test)s
  AND read.doubt <> ALL (%(unread)s)
ORDER BY car.seen_at, car.id
"""


class Verdict(StrEnum):
    """What is known of a reading."""

    RIGHT = "right"
    WRONG = "wrong"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a passage's plate by itself, and what is known of it since.

    Attributes:
        plate: the passage's text in force, and ``folded`` its folded one.
        text: empty where no plate was found.
        certain: it could open a barrier at the lane's limits of today.
        corrected: the text that staff entered last; None where they entered none.
        confirmed: the plate is registered, or another camera read it before.
        box: where the plate is, as left, top, right and bottom in pixels.
    """

    passage: int
    device: int
    seen_at: datetime
    received_at: datetime
    image: str
    evidence: bool
    plate: str
    folded: str
    text: str
    confidence: float
    certain: bool
    corrected: str | None
    confirmed: bool
    box: list[int] | None

    @property
    def verdict(self) -> Verdict:
        """Whether it is known to be right or wrong."""
        if self.corrected is not None:
            is_same = fold(self.corrected) == fold(self.text)
            return Verdict.RIGHT if is_same else Verdict.WRONG
        if self.text and self.confirmed and fold(self.text) == self.folded:
            return Verdict.RIGHT
        return Verdict.UNVERIFIED


def readings(site_id: int, begin: datetime, end: datetime) -> Iterator[Reading]:
    """Yield the readings of a site's passages seen in a time range, in that order.

    Test cars, cars that were read again and passages past their retention period have none. Nor has
    a photo that the plate reader could not read: it says nothing about its camera.
    """
    values: dict[str, Any] = {
        "site": site_id,
        "begin": begin,
        "end": end,
        "before": SEEN_BEFORE,
        "test": TEST_PLATE,
        "unread": [str(each) for each in Failure],
    }
    with connection.cursor() as cursor:
        cursor.execute(_READINGS, values)
        for *row, box in cursor:
            yield Reading(*[*row, json.loads(box) if box else None])
