"""Record movements, and match those of a lane to its passages as reports arrive in any order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from access import matching, topics
from access.events import PassageChanged
from access.matching import MAX_SKEW, MAX_TIME_AT_LANE, MAX_TIME_TO_MOVE, TIME_RESOLUTION, Car, Move
from access.models import Decision, Movement, Passage, PlateRead
from core import live
from core.events import publish
from core.plates import normalise
from devices import events
from devices.clocks import MAX_DELAY, adjusted_time
from devices.models import Device

# The longest time from a car's arrival until it leaves the lane.
_AT_LANE = MAX_TIME_AT_LANE + MAX_TIME_TO_MOVE
# These run for every car at every lane; as plain SQL they spare the time of building a query.
_MAY_CHANGE = """
SELECT EXISTS (
    SELECT FROM unnest(%(lanes)s::bigint[], %(seen_at)s::timestamptz[], %(plates)s::text[])
        AS own (lane_id, seen_at, plate)
    JOIN access_movement AS movement
      ON movement.lane_id = own.lane_id AND movement.at >= own.seen_at - %(skew)s
    LEFT JOIN access_passage AS car ON car.id = movement.passage_id
    WHERE car.id IS NULL OR car.seen_at > movement.at + %(resolution)s
          OR movement.at >= own.seen_at - %(resolution)s
              AND NOT (movement.kind = 'passed' AND movement.plate = ''
                       AND car.seen_at < own.seen_at AND car.plate <> own.plate))
"""
_LANES_OF_DEVICE = """
SELECT id, camera_id = %(device)s FROM estate_lane
WHERE camera_id = %(device)s OR barrier_id = %(device)s
"""
_PASSAGES_LOCKED = "SELECT * FROM access_passage WHERE id = ANY (%s) ORDER BY id FOR UPDATE"
_LANE_MOVED = "UPDATE estate_lane SET last_moved_at = greatest(last_moved_at, %s) WHERE id = %s"
_INSERT = """
INSERT INTO access_movement (lane_id, device_id, kind, plate, device_at, at, received_at)
VALUES (%(lane_id)s, %(device_id)s, %(kind)s, %(plate)s, %(device_at)s, %(at)s, %(received_at)s)
ON CONFLICT (device_id, device_at, kind, plate) DO NOTHING RETURNING id
"""
_LAST_MOVEMENT = """
SELECT kind, at FROM access_movement WHERE passage_id = %(passage)s
ORDER BY at DESC, id DESC LIMIT 1
"""
_MOVES = """
SELECT id, at, kind, plate, device_id, passage_id FROM access_movement
WHERE lane_id = %(lane)s AND at BETWEEN %(begin)s AND %(end)s
"""
_CARS = """
SELECT car.id, car.seen_at, car.plate, car.device_id,
    (SELECT max(at) FROM access_decision WHERE passage_id = car.id AND outcome = 'open'),
    car.offline OR car.received_at - car.seen_at > %(delay)s
FROM access_passage AS car
WHERE car.lane_id = %(lane)s AND NOT car.redacted AND car.seen_at BETWEEN %(begin)s AND %(end)s
  AND (car.ended_at IS NULL OR car.ended_at >= %(since)s OR car.state = 'reread')
  AND NOT EXISTS (
    SELECT FROM access_passage AS gone
    WHERE gone.lane_id = car.lane_id AND gone.seen_at BETWEEN car.seen_at AND %(end)s
      AND gone.plate = car.plate AND gone.plate <> ''
      AND gone.state IN ('passed', 'turned_back') AND gone.ended_at < %(since)s)
"""


@transaction.atomic(savepoint=False)
def record_movement(event: events.CarMoved) -> Movement | None:
    """Store that a car passed or turned back, and match it to the lane's passages.

    The device is the lane's camera, or its barrier where that serves no other lane.

    Returns:
        The movement; None where it is of another kind, was recorded before, or belongs to no lane.
    """
    lane_id = _lane_of(event.device_id) if event.movement in Movement.Kind.values else None
    if lane_id is None:
        return None
    movement = Movement(
        lane_id=lane_id,
        device_id=event.device_id,
        kind=event.movement,
        plate=normalise(event.plate)[:16],
        device_at=event.at,
        at=adjusted_time(event, Device.objects.get(pk=event.device_id)).at,
        received_at=event.received_at,
    )
    # To avoid deadlocks, all code locks passages before lanes: those that may change come first.
    known = _lock(_changes(lane_id, movement.at, movement))
    _lock_lane(lane_id, movement.at)
    if not _insert(movement):
        return None
    changed = _rematch(lane_id, movement.at, known)
    movement.passage_id = changed.get(movement.pk)
    return movement


def match_again(passage: Passage) -> None:
    """Match the lane's movements again after a passage was added, decided about or corrected.

    Movements may have been reported before it. The caller holds the lane's lock.
    """
    if _was_lane_used_since(passage) and _may_change([passage]):
        _rematch(passage.lane_id, passage.seen_at - MAX_SKEW, {passage.pk: passage})


def match_several_again(passages: Sequence[Passage]) -> None:
    """Match the movements of several passages' lanes again, one after the other."""
    later = [each for each in passages if _was_lane_used_since(each)]
    if later and _may_change(later):
        for passage in later:
            match_again(passage)


def refresh_state(passage: Passage) -> None:
    """Bring the state of a locked passage in line with the movement that is matched to it."""
    last = _last_movement(passage)
    if last is not None and passage.state not in (last[0], Passage.State.REREAD):
        passage.state, passage.ended_at = last
        passage.save(update_fields=["state", "ended_at"])


def _lane_of(device_id: int) -> int | None:
    """Return the one lane that the device serves; None where it serves none or several."""
    rows = _rows(_LANES_OF_DEVICE, {"device": device_id})
    found = [pk for pk, is_camera in rows if is_camera] or [pk for pk, _ in rows]
    return found[0] if len(found) == 1 else None


def _lock(changes: Mapping[int, tuple[int | None, int | None]]) -> dict[int, Passage]:
    """Return the passages of the changes, locked, by primary key."""
    touched = {each for pair in changes.values() for each in pair if each is not None}
    rows = Passage.objects.raw(_PASSAGES_LOCKED, [list(touched)]) if touched else ()
    return {passage.pk: passage for passage in rows}


def _lock_lane(lane_id: int, moved_at: datetime) -> None:
    """Lock the lane, and note its latest movement."""
    with connection.cursor() as cursor:
        cursor.execute(_LANE_MOVED, [moved_at, lane_id])


def _insert(movement: Movement) -> bool:
    """Insert the movement; return False for one that was recorded before."""
    columns = ("lane_id", "device_id", "kind", "plate", "device_at", "at", "received_at")
    rows = _rows(_INSERT, {name: getattr(movement, name) for name in columns})
    movement.pk = rows[0][0] if rows else None
    return bool(rows)


def _was_lane_used_since(passage: Passage) -> bool:
    last = passage.lane.last_moved_at
    return last is not None and last >= passage.seen_at - MAX_SKEW


def _may_change(passages: Sequence[Passage]) -> bool:
    """Whether a movement may belong to one of the passages rather than to the car it is matched to.

    A movement that was reported before the passage stays with a car that was seen before it, and so
    does one around the passage's time that names no plate: the older car passes first.
    """
    values: dict[str, Any] = {
        "lanes": [each.lane_id for each in passages],
        "seen_at": [each.seen_at for each in passages],
        "plates": [each.plate for each in passages],
        "skew": MAX_SKEW,
        "resolution": TIME_RESOLUTION,
    }
    return bool(_rows(_MAY_CHANGE, values)[0][0])


def _rematch(lane_id: int, since: datetime, known: Mapping[int, Passage]) -> dict[int, int | None]:
    """Match the lane's movements from an instant on again, and publish what changed.

    Args:
        lane_id: the lane.
        since: the earliest movement that may have another match than before.
        known: passages that the caller holds, by primary key; they are changed in place.

    Returns:
        The new passage of each movement that changed.
    """
    changed = _changes(lane_id, since)
    for pk, (_before, after) in changed.items():
        Movement.objects.filter(pk=pk).update(passage=after)
    touched = {each for pair in changed.values() for each in pair if each is not None}
    others = touched - known.keys()
    passages = dict(known) | (Passage.objects.in_bulk(others) if others else {})
    # In the order of their plates, in which everything locks timelines (parking.locks).
    for passage in sorted((passages[pk] for pk in touched), key=lambda each: (each.plate, each.pk)):
        _follow(passage)
    return {pk: after for pk, (_before, after) in changed.items()}


def _follow(passage: Passage) -> None:
    """Update a passage's state to its movement, and publish the change."""
    kind, at = _last_movement(passage) or ("", None)
    before = passage.state
    passage.state = kind or _state_by_decision(passage)
    passage.ended_at = at
    passage.save(update_fields=["state", "ended_at"])
    publish(PassageChanged(passage, kind, before))
    live.announce(topics.LANE, passage.site_id, passage.lane_id)


def _last_movement(passage: Passage) -> tuple[str, datetime] | None:
    rows = _rows(_LAST_MOVEMENT, {"passage": passage.pk})
    return rows[0] if rows else None


def _state_by_decision(passage: Passage) -> str:
    decision = passage.decisions.order_by("pk").last()
    if decision is None:
        return Passage.State.READING if passage.image else Passage.State.HELD
    return {
        Decision.Outcome.OPEN: Passage.State.OPEN,
        Decision.Outcome.PAY: Passage.State.UNPAID,
        Decision.Outcome.REFUSE: Passage.State.REFUSED,
        Decision.Outcome.RECORD: Passage.State.REREAD,
    }.get(Decision.Outcome(decision.outcome), Passage.State.HELD)


def _changes(
    lane_id: int, since: datetime, new: Movement | None = None
) -> dict[int, tuple[int | None, int | None]]:
    """Return the movements whose match changes, with the passage before and after.

    Movements are matched in the order of their time, so that none before the instant can change;
    those after it are matched again for as long as a car may stay at the lane.

    Args:
        lane_id: the lane.
        since: the instant.
        new: a movement that is not stored yet.
    """
    begin, end = since - matching.DUPLICATE_WINDOW, since + _AT_LANE
    rows = _rows(_MOVES, {"lane": lane_id, "begin": begin, "end": end})
    moves = [Move(*row) for row in rows]
    if new is not None:
        moves.append(Move(0, new.at, new.kind, new.plate, new.device_id))
    cars = _cars(lane_id, since, end, with_texts=any(move.plate for move in moves))
    found = matching.match(cars, moves, since)
    return {
        move.pk: (move.passage, found.get(move.pk))
        for move in moves
        if move.passage != found.get(move.pk)
    }


def _cars(lane_id: int, since: datetime, end: datetime, *, with_texts: bool) -> list[Car]:
    """Return the cars that had not left the lane at an instant, or came after it."""
    values = {"lane": lane_id, "begin": since - _AT_LANE, "since": since, "end": end}
    rows = _rows(_CARS, values | {"delay": MAX_DELAY})
    texts = _texts(row[0] for row in rows) if with_texts else {}
    return [
        Car(pk, at, plate, device, let_through_at, late, frozenset(texts.get(pk, ())))
        for pk, at, plate, device, let_through_at, late in rows
    ]


def _texts(passages: Iterable[int]) -> dict[int, set[str]]:
    """Return the texts that were read of each passage."""
    reads = PlateRead.objects.filter(passage__in=list(passages)).exclude(text="")
    texts: dict[int, set[str]] = {}
    for passage_id, text in reads.values_list("passage", "text"):
        texts.setdefault(passage_id, set()).add(text)
    return texts


def _rows(query: str, values: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
