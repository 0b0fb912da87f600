"""Write passages: cameras, the plate reader, guards, barriers and movements change them."""

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access import decisions, frames, movements
from access.context import CheckResult, DecisionContext
from access.events import PlateCorrected
from access.lanes import lanes_of_cameras
from access.models import ENDED, LET_THROUGH, Decision, Passage, PlateRead
from access.reads import PhotoResult, plate_of, set_plate
from core import audit, clock, photos, validation
from core.copying import insert_rows
from core.errors import Rejection
from core.events import publish
from core.models import User
from core.plates import fold
from devices import events
from devices.clocks import AdjustedTime, adjusted_time
from devices.models import Command
from estate.models import Lane

READ_CHANNEL = "gatehouse_reads"
_OF_COMMAND = """
SELECT passage.* FROM access_passage AS passage
JOIN access_decision AS decision ON decision.passage_id = passage.id
WHERE decision.command_id = %s FOR UPDATE OF passage
"""


def record_plate_seen(event: events.PlateSeen, *, is_test: bool = False) -> Passage | None:
    """Store a car that a camera reports, and decide about it; see `record_plates_seen`.

    Args:
        is_test: a person sends a test car; a device that reports the plate of one has misread.

    Returns:
        The passage; None where the camera serves no lane of its site.
    """
    return next(iter(record_plates_seen([event], is_test=is_test)), None)


@transaction.atomic(savepoint=False)
def record_plates_seen(seen: Sequence[events.PlateSeen], *, is_test: bool = False) -> list[Passage]:
    """Store the cars that cameras report, then decide about each as if it had come alone.

    What is read and stored for several cars takes one statement for all of them. Where a camera's
    read is missing or below the lane's confidence limit, its photo is queued for the plate reader.

    Returns:
        The passages, in the given order, of the cameras that serve a lane of their site.
    """
    lanes = lanes_of_cameras({event.device_id: event.site_id for event in seen})
    at_lanes = [(event, lanes[event.device_id]) for event in seen if event.device_id in lanes]
    passages = insert_rows(
        _new_passage(event, lane, event.raw_text if is_test else plate_of(event.raw_text))
        for event, lane in at_lanes
    )
    frames.store_more([(p, e.more_images) for p, (e, _) in zip(passages, at_lanes, strict=True)])
    reads = insert_rows(
        _camera_read(event, passage)
        for (event, _lane), passage in zip(at_lanes, passages, strict=True)
    )
    unread = [each for each in passages if each.state == Passage.State.READING]
    for passage in unread:
        queue_photo(passage)
    for group in _groups(read for read in reads if read.passage not in unread):
        if group[0].passage.is_late:
            _decide_late(group)
        else:
            _decide_together(group)
    return passages


def _groups(reads: Iterable[PlateRead]) -> Iterator[list[PlateRead]]:
    """Divide reads, in order, into those that are decided about together.

    They are of different lanes and of plates that do not look alike, so that no decision changes
    what another one rests on; or they are late records, for which no barrier opens.
    """
    group: list[PlateRead] = []
    taken: set[object] = set()
    for read in reads:
        passage = read.passage
        own = {passage.lane_id, (passage.site_id, passage.folded) if passage.folded else None}
        own -= {None}
        is_other = bool(group) and passage.is_late != group[0].passage.is_late
        if is_other or (not passage.is_late and own & taken):
            yield group
            group, taken = [], set()
        group.append(read)
        taken |= own
    if group:
        yield group


def _decide_together(reads: Sequence[PlateRead]) -> None:
    contexts = decisions.build_contexts([(read.passage, read) for read in reads])
    decisions.decide_in(contexts)
    movements.match_several_again([context.passage for context in contexts])


def _decide_late(reads: Sequence[PlateRead]) -> None:
    contexts = decisions.build_contexts([(read.passage, read) for read in reads])
    late = [context for context in contexts if context.late]
    if late:
        decisions.record_late(late)
        movements.match_several_again([context.passage for context in late])
    for context in contexts:
        if not context.late:
            context.together = [context]  # there may be others of its lane
            decisions.decide_in([context])
            movements.match_again(context.passage)


@transaction.atomic
def record_photo_read(passage: Passage, result: PhotoResult) -> Decision:
    """Store what came of reading a passage's photo, then decide.

    The camera's text remains in force where the reader found no plate.
    """
    passage.lane = _lanes().get(pk=passage.lane_id)
    camera = passage.reads.filter(source=PlateRead.Source.CAMERA).latest("pk")
    read = _reader_read(passage, result)
    read.save()
    best = read if read.text or not camera.text else camera
    set_plate(passage, best)
    passage.colour = passage.colour or read.colour
    passage.save(update_fields=["plate", "folded", "confidence", "colour", "image"])
    return _decide(passage, best, failure=result.failure or "")


def _reader_read(passage: Passage, result: PhotoResult) -> PlateRead:
    """Return the plate reader's read of a passage; without a text where there is no plate."""
    read = PlateRead(
        passage=passage,
        source=PlateRead.Source.READER,
        confidence=0.0,
        doubt=result.verdict.doubt or result.failure or "",
        device_at=passage.at,
        received_at=clock.now(),
        reason=result.problem[:200],
    )
    found = result.verdict.candidate
    if found is not None:
        read.raw_text, read.text = found.raw_text[:64], plate_of(found.text)
        read.confidence = found.confidence if found.text else 0.0
        read.colour, read.format_name = found.colour, found.format_name
        left, top = found.box.x, found.box.y
        read.box = [left, top, left + found.box.width, top + found.box.height]
    return read


@transaction.atomic
def correct_read(passage: Passage, text: str, actor: User, reason: str) -> Decision | None:
    """Replace the plate by a guard's correction, and decide again.

    Returns:
        The new decision; None where the car was let through already: then only the records are
        corrected.

    Raises:
        Rejection: the text is not a plate, or no reason is given.
    """
    plate = validation.plate(text, field="text")
    validation.require_reason(reason)
    _log(passage, actor, "correct read", reason)
    passage = lock_passage(passage)
    before = passage.plate
    read = PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.GUARD,
        raw_text=text[:64],
        text=plate,
        confidence=1.0,
        colour=passage.colour,
        device_at=passage.at,
        received_at=clock.now(),
        actor=actor,
        reason=reason,
    )
    set_plate(passage, read)
    passage.save(update_fields=["plate", "folded", "confidence"])
    if passage.state in ENDED or passage.state in LET_THROUGH:
        publish(PlateCorrected(passage, before))
        movements.match_again(passage)
        decisions.announce_passage(passage)
        return None
    if passage.is_late:  # no decision let it through, but its stay was recorded
        publish(PlateCorrected(passage, before))
    return _decide(passage, read)


@transaction.atomic
def lift_barrier(passage: Passage, actor: User, reason: str) -> Decision:
    """Open the barrier for a car on a guard's responsibility.

    Raises:
        Rejection: no reason is given, or the car has left.
    """
    validation.require_reason(reason)
    _log(passage, actor, "lift barrier", reason)
    passage = lock_passage(passage)
    if passage.state in ENDED:
        raise Rejection(
            "passage", "passage_over", _("this car has left"), _("open the lane instead")
        )
    return _decide_by_hand(passage, Decision.Outcome.OPEN, "manual_lift", actor, reason)


@transaction.atomic
def open_lane(lane: Lane, actor: User, reason: str) -> Decision:
    """Open a lane for a car that no camera reported.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    now = clock.now()
    lane = _lanes().select_related("gate__site").get(pk=lane.pk)
    passage = Passage.objects.create(
        site=lane.gate.site,
        lane=lane,
        device=lane.camera,
        direction=lane.direction,
        at=now,
        received_at=now,
        seen_at=now,
        state=Passage.State.HELD,
    )
    _log(passage, actor, "lift barrier", reason)
    return _decide_by_hand(passage, Decision.Outcome.OPEN, "manual_lift", actor, reason)


@transaction.atomic
def refuse_passage(passage: Passage, actor: User, reason: str) -> Decision:
    """Refuse a car on a guard's responsibility.

    Raises:
        Rejection: no reason is given, or the car was let through already.
    """
    validation.require_reason(reason)
    _log(passage, actor, "refuse passage", reason)
    passage = lock_passage(passage)
    if passage.state in ENDED or passage.state in LET_THROUGH:
        raise Rejection(
            "passage",
            "already_permitted",
            _("this car was already let through"),
            _("refuse the next one"),
        )
    return _decide_by_hand(passage, Decision.Outcome.REFUSE, "manual_refusal", actor, reason)


@transaction.atomic
def re_evaluate(passage: Passage) -> Decision | None:
    """Decide again about a waiting car, for example after its payment; None if it has left."""
    passage = lock_passage(passage)
    if passage.state in ENDED or passage.state in LET_THROUGH:
        return None
    own = passage.reads.exclude(source=PlateRead.Source.MATCH)
    return _decide(passage, own.latest("pk"), re_evaluated=True)


@transaction.atomic(savepoint=False)
def apply_command_result(event: events.CommandSettled) -> None:
    """Update the passage with the result of its open command.

    An opened barrier stays open when an older command fails; a car that has left is not changed.
    """
    passage = next(iter(Passage.objects.raw(_OF_COMMAND, [event.command_id])), None)
    done = event.state == Command.State.DONE
    if passage is None or passage.state not in LET_THROUGH:
        return
    if passage.state == Passage.State.OPEN and not done:
        return
    passage.state = Passage.State.OPEN if done else Passage.State.UNANSWERED
    passage.opened_at = clock.now() if done else passage.opened_at
    passage.save(update_fields=["state", "opened_at"])
    decisions.announce_passage(passage)


def lock_passage(passage: Passage) -> Passage:
    """Return the passage, locked together with its lane until the end of the transaction.

    To avoid deadlocks, all code locks in this order: the passage, the lane, the stay.
    """
    passage = (
        Passage.objects.select_for_update(of=("self",))
        .select_related("site", "device")
        .get(pk=passage.pk)
    )
    passage.lane = _lanes().get(pk=passage.lane_id)
    movements.refresh_state(passage)
    return passage


def _lanes() -> QuerySet[Lane]:
    """Return lanes, locked so that only one process decides at a lane at a time."""
    # A lot's outline may be large, and no decision needs it.
    return (
        Lane.objects.select_for_update(of=("self",), no_key=True)
        .select_related("gate", "lot", "camera", "barrier")
        .defer("lot__outline")
    )


def _new_passage(event: events.PlateSeen, lane: Lane, text: str) -> Passage:
    when = adjusted_time(event, lane.camera) if lane.camera else AdjustedTime(event.received_at)
    is_certain = bool(text) and round(event.confidence * 100) >= lane.camera_limit
    unread = event.image is not None and not is_certain
    return Passage(
        site_id=event.site_id,
        lane=lane,
        device=lane.camera,
        direction=lane.direction,
        at=event.at,
        received_at=event.received_at,
        seen_at=when.at,
        offline=event.buffered and not when.clock_wrong,
        clock_wrong=when.clock_wrong,
        plate=text,
        folded=fold(text),
        confidence=event.confidence if text else 0.0,
        colour=event.colour,
        image=photos.store(event.image, event.received_at) if event.image else "",
        visit=event.visit,
        state=Passage.State.READING if unread else Passage.State.HELD,
    )


def _camera_read(event: events.PlateSeen, passage: Passage) -> PlateRead:
    return PlateRead(
        passage=passage,
        source=PlateRead.Source.CAMERA,
        raw_text=event.raw_text[:64],
        text=passage.plate,
        confidence=passage.confidence,
        colour=event.colour,
        box=list(event.box) if event.box else None,
        device_at=event.at,
        received_at=event.received_at,
    )


def queue_photo(passage: Passage) -> None:
    """Notify the plate reader of a passage in the state READING."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [READ_CHANNEL, str(passage.pk)])
    decisions.announce_passage(passage)


def _decide(
    passage: Passage, read: PlateRead, *, re_evaluated: bool = False, failure: str = ""
) -> Decision:
    """Decide, and match the movements that were reported before the decision."""
    decision = decisions.decide(passage, read, re_evaluated=re_evaluated, failure=failure)
    movements.match_again(passage)
    return decision


def _decide_by_hand(
    passage: Passage, outcome: Decision.Outcome, rule: str, actor: User, reason: str
) -> Decision:
    context = DecisionContext(
        passage=passage,
        lane=passage.lane,
        lot=passage.lane.lot,
        now=clock.now(),
        at=passage.seen_at,
        certain=True,
        late=False,
        records=[],
    )
    result = CheckResult(outcome, {})
    made = decisions.Made(context, rule, result, actor=actor, reason=reason)
    (decision,) = decisions.record_decisions([made])
    movements.match_again(passage)
    return decision


def _log(passage: Passage, actor: User, action: str, reason: str) -> None:
    # Without the plate: audit entries are kept for longer than plates may be, and never redacted.
    audit.record(passage.site, actor, action, ("passage", passage.pk), reason=reason)
