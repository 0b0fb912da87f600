"""Record movements, and match those of a lane to its passages as reports arrive in any order."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from access import matching, topics
from access.events import PassageChanged
from access.matching import Car, Move
from access.models import Decision, Movement, Passage, PlateRead
from core import live
from core.events import publish
from core.plates import normalise
from devices import events
from devices.clocks import adjusted_time
from devices.models import Device
from estate.models import Lane


@transaction.atomic(savepoint=False)
def record_movement(event: events.CarMoved) -> Movement | None:
    """Store that a car passed or turned back, and match it to the lane's passages.

    The device is the lane's camera, or its barrier where that serves no other lane.

    Returns:
        The movement; None where it is of another kind, was recorded before, or belongs to no lane.
    """
    lane = _lane_of(event.device_id) if event.movement in Movement.Kind.values else None
    if lane is None:
        return None
    device = Device.objects.get(pk=event.device_id)
    at = adjusted_time(event, device).at
    movement = Movement(
        lane=lane,
        device=device,
        kind=event.movement,
        plate=normalise(event.plate)[:16],
        device_at=event.at,
        at=at,
        received_at=event.received_at,
    )
    # To avoid deadlocks, all code locks passages before lanes: those that may change come first.
    expected = _changes(lane.pk, at, movement)
    _lock(expected)
    lane = Lane.objects.select_for_update(no_key=True).only("last_moved_at").get(pk=lane.pk)
    if Movement.objects.filter(
        device=device, device_at=event.at, kind=movement.kind, plate=movement.plate
    ).exists():
        return None
    movement.save()
    if lane.last_moved_at is None or lane.last_moved_at < at:
        lane.last_moved_at = at
        lane.save(update_fields=["last_moved_at"])
    _rematch(lane.pk, at)
    movement.refresh_from_db(fields=["passage"])
    return movement


def apply_to_new_passage(passage: Passage) -> None:
    """Match movements that were reported before the passage; the caller holds the lane's lock."""
    last = passage.lane.last_moved_at
    if last is not None and last >= passage.seen_at - matching.MAX_SKEW:
        _rematch(passage.lane_id, passage.seen_at, passage)


def refresh_state(passage: Passage) -> None:
    """Bring the state of a locked passage in line with the movement that is matched to it."""
    last = passage.movements.order_by("at", "pk").last()
    if last is not None and passage.state not in (last.kind, Passage.State.REREAD):
        passage.state, passage.ended_at = last.kind, last.at
        passage.save(update_fields=["state", "ended_at"])


def _lane_of(device_id: int) -> Lane | None:
    """Return the one lane that the device serves; None where it serves none or several."""
    of_device = Q(camera=device_id) | Q(barrier=device_id)
    lanes = Lane.objects.filter(of_device).only("camera_id", "barrier_id")
    found = [each for each in lanes if each.camera_id == device_id] or list(lanes)
    return found[0] if len(found) == 1 else None


def _rematch(lane_id: int, at: datetime, new: Passage | None = None) -> None:
    """Match the lane's movements around an instant again, and publish what changed."""
    changed = _changes(lane_id, at)
    for pk, (_before, after) in changed.items():
        Movement.objects.filter(pk=pk).update(passage=after)
    touched = {each for pair in changed.values() for each in pair if each is not None}
    found = Passage.objects.filter(pk__in=touched).select_related("lane__lot", "site")
    for passage in sorted(found, key=lambda each: each.pk):
        _follow(new if new is not None and new.pk == passage.pk else passage)


def _follow(passage: Passage) -> None:
    """Update a passage's state to its movement, and publish the change."""
    last = passage.movements.order_by("at", "pk").last()
    passage.state = last.kind if last else _state_by_decision(passage)
    passage.ended_at = last.at if last else None
    passage.save(update_fields=["state", "ended_at"])
    publish(PassageChanged(passage, last.kind if last else ""))
    live.announce(topics.LANE, passage.site_id, passage.lane_id)


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
    lane_id: int, at: datetime, new: Movement | None = None
) -> dict[int, tuple[int | None, int | None]]:
    """Return the movements whose match changes, with the passage before and after.

    Only movements within the time that a car takes to leave the lane are matched again.

    Args:
        new: a movement that is not stored yet.
    """
    begin, end = at - matching.MAX_TIME_TO_MOVE, at + matching.MAX_TIME_TO_MOVE
    stored = Movement.objects.filter(
        lane=lane_id, at__range=(begin - matching.DUPLICATE_WINDOW, end)
    )
    moves = [_move(each) for each in [*stored, *([new] if new else [])]]
    cars = _cars(lane_id, begin, end, with_texts=any(move.plate for move in moves))
    found = matching.match(cars, moves, begin)
    return {
        move.pk: (move.passage, found.get(move.pk))
        for move in moves
        if move.passage != found.get(move.pk)
    }


def _move(movement: Movement) -> Move:
    return Move(
        pk=movement.pk or 0,
        at=movement.at,
        kind=movement.kind,
        plate=movement.plate,
        device=movement.device_id,
        passage=movement.passage_id,
    )


def _cars(lane_id: int, begin: datetime, end: datetime, *, with_texts: bool) -> list[Car]:
    """Return the cars that were at the lane during the time, by the movements known so far."""
    passages = list(
        Passage.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gte=begin),
            lane=lane_id,
            seen_at__range=(begin - matching.MAX_TIME_AT_LANE, end),
            redacted=False,
        ).annotate(
            let_through_at=Max("decisions__at", filter=Q(decisions__outcome=Decision.Outcome.OPEN))
        )
    )
    texts = _texts(passages) if with_texts else {}
    return [_car(passage, texts.get(passage.pk, set())) for passage in passages]


def _texts(passages: Sequence[Passage]) -> dict[int, set[str]]:
    """Return the texts that were read of each passage."""
    reads = PlateRead.objects.filter(passage__in=passages).exclude(text="")
    texts: dict[int, set[str]] = {}
    for passage_id, text in reads.values_list("passage", "text"):
        texts.setdefault(passage_id, set()).add(text)
    return texts


def _car(passage: Passage, texts: Iterable[str]) -> Car:
    return Car(
        passage=passage.pk,
        at=passage.seen_at,
        plate=passage.plate,
        device=passage.device_id,
        let_through_at=passage.let_through_at,  # type: ignore[attr-defined]
        late=passage.is_late,
        texts=frozenset(texts),
    )


def _lock(changes: dict[int, tuple[int | None, int | None]]) -> None:
    touched = {each for pair in changes.values() for each in pair if each is not None}
    list(Passage.objects.filter(pk__in=touched).order_by("pk").select_for_update(of=("self",)))
