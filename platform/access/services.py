"""What changes a passage: a camera, our reader, a guard, a barrier's answer, a car that moves."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from access import deciding, permits
from access.context import CheckResult, DecisionContext
from access.events import PlateCorrected, TurnedBack
from access.models import LATE, Decision, Passage, PlateRead
from core import audit, clock, photos, validation
from core.errors import Rejection
from core.events import publish
from core.models import User
from core.plates import fold, is_plausible, normalise
from devices import events
from devices.models import Command, DeviceEvent
from estate.models import Lane

READ_CHANNEL = "gatehouse_reads"
ENDED = (Passage.State.PASSED, Passage.State.TURNED_BACK, Passage.State.REREAD)
LET_THROUGH = (Passage.State.OPENING, Passage.State.OPEN, Passage.State.UNANSWERED)
_WAITING = (
    Passage.State.READING,
    Passage.State.HELD,
    Passage.State.UNPAID,
    Passage.State.REFUSED,
)
# A car that was let through is looked for so long when its lane says that one passed; none stands
# at a barrier for longer than the second.
_MOVES_WITHIN = timedelta(minutes=10)
_WAITS_AT_MOST = timedelta(hours=1)
# Some cameras tell the time of a movement in whole seconds only.
_WHOLE_SECOND = timedelta(seconds=1)
# What a lane's camera and its barrier's loops say of one car comes within so long.
_SAME_CAR = timedelta(seconds=5)


@transaction.atomic(savepoint=False)
def record_sight(event: events.PlateSeen) -> Passage | None:
    """Store a camera's sight of a car, then decide, or hand the photo to our reader.

    Our reader is asked when a photo is there and the camera read nothing or was less sure
    than the lane's limit. A camera that watches no lane of its site yields nothing.
    """
    lane = _lanes().filter(camera=event.device_id, gate__site=event.site_id).first()
    if lane is None:
        return None
    text = _plate_of(event.raw_text)
    passage = _new_passage(event, lane, text)
    read = PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.CAMERA,
        raw_text=event.raw_text[:64],
        text=text,
        confidence=passage.confidence,
        colour=event.colour,
        box=list(event.box) if event.box else None,
        device_at=event.at,
        received_at=event.received_at,
    )
    if passage.state == Passage.State.READING:
        _ask_reader(passage)
    else:
        deciding.decide(passage, read)
    return passage


@transaction.atomic
def record_reading(
    passage: Passage,
    *,
    raw_text: str,
    text: str,
    confidence: float,
    box: list[int] | None,
    colour: str = "",
    format_name: str = "",
    problem: str = "",
) -> Decision:
    """Store what our own reader made of the photo, then decide.

    The camera's text stands where the reader saw nothing.
    """
    passage.lane = _lanes().get(pk=passage.lane_id)
    camera = passage.reads.filter(source=PlateRead.Source.CAMERA).latest("pk")
    read = PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.READER,
        raw_text=raw_text[:64],
        text=_plate_of(text),
        confidence=confidence if text else 0.0,
        colour=colour,
        box=box,
        format_name=format_name,
        device_at=passage.at,
        received_at=clock.now(),
        reason=problem[:200],
    )
    best = read if read.text or not camera.text else camera
    _take(passage, best)
    passage.colour = passage.colour or colour
    passage.save(update_fields=["plate", "folded", "confidence", "colour"])
    return deciding.decide(passage, best)


@transaction.atomic
def correct_read(passage: Passage, text: str, actor: User, reason: str) -> Decision | None:
    """Put a person's reading in force and decide again, or hint what was done by the wrong plate.

    Returns:
        The new decision; None where the car was let through already, for then only the record
        is mended.

    Raises:
        Rejection: the text is no plate, or no reason is given.
    """
    plate = validation.plate(text, field="text")
    validation.require_reason(reason)
    _log(passage, actor, "correct read", reason)
    passage = locked(passage)
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
    _take(passage, read)
    passage.save(update_fields=["plate", "folded", "confidence"])
    if passage.state in ENDED or passage.state in LET_THROUGH:
        publish(PlateCorrected(passage, before))
        deciding.tell(passage)
        return None
    return deciding.decide(passage, read)


@transaction.atomic
def lift_barrier(passage: Passage, actor: User, reason: str) -> Decision:
    """Open for a car that a person answers for.

    Raises:
        Rejection: no reason is given, or the car is gone.
    """
    validation.require_reason(reason)
    _log(passage, actor, "lift barrier", reason)
    passage = locked(passage)
    if passage.state in ENDED:
        raise Rejection("passage", _("this car is gone"), _("open the lane itself"))
    return _by_hand(passage, Decision.Outcome.OPEN, "manual_lift", actor, reason)


@transaction.atomic
def open_lane(lane: Lane, actor: User, reason: str) -> Decision:
    """Open a lane where no camera saw a car.

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
        state=Passage.State.HELD,
    )
    _log(passage, actor, "lift barrier", reason)
    return _by_hand(passage, Decision.Outcome.OPEN, "manual_lift", actor, reason)


@transaction.atomic
def refuse(passage: Passage, actor: User, reason: str) -> Decision:
    """Turn a car away by a person's word.

    Raises:
        Rejection: no reason is given, or the car was let through already.
    """
    validation.require_reason(reason)
    _log(passage, actor, "refuse passage", reason)
    passage = locked(passage)
    if passage.state in ENDED or passage.state in LET_THROUGH:
        raise Rejection("passage", _("this car was let through"), _("refuse the next one"))
    return _by_hand(passage, Decision.Outcome.REFUSE, "manual_refusal", actor, reason)


@transaction.atomic
def reconsider(passage: Passage) -> Decision | None:
    """Decide again about a car that still waits, as after its payment; None when it is gone."""
    passage = locked(passage)
    if passage.state in ENDED or passage.state in LET_THROUGH:
        return None
    own = passage.reads.exclude(source=PlateRead.Source.MATCH)
    return deciding.decide(passage, own.latest("pk"), waits=True)


@transaction.atomic(savepoint=False)
def settle_command(event: events.CommandSettled) -> None:
    """Show on the passage what became of its open command.

    A barrier that opened is not called unanswered for an older command, nor is a car that is gone.
    """
    of_command = Passage.objects.filter(decisions__command=event.command_id)
    passage = of_command.select_for_update(of=("self",)).first()
    done = event.state == Command.State.DONE
    if passage is None or passage.state not in LET_THROUGH:
        return
    if passage.state == Passage.State.OPEN and not done:
        return
    passage.state = Passage.State.OPEN if done else Passage.State.UNANSWERED
    passage.opened_at = clock.now() if done else passage.opened_at
    passage.save(update_fields=["state", "opened_at"])
    deciding.tell(passage)


@transaction.atomic(savepoint=False)
def record_movement(event: events.CarMoved) -> Passage | None:
    """End the passage that a lane's device says has passed or turned back; the rest ends nothing.

    The device is the lane's camera, or its barrier where that serves no other lane.
    """
    if event.movement not in ("passed", "turned_back"):
        return None
    lane = _lane_of(event.device_id)
    passage = None if lane is None or _told_before(event, lane) else _that_moved(event, lane)
    if passage is None:
        return None
    turned_back = event.movement == "turned_back"
    undo = turned_back and passage.state in LET_THROUGH
    passage.state = Passage.State.TURNED_BACK if turned_back else Passage.State.PASSED
    passage.ended_at = event.at
    passage.save(update_fields=["state", "ended_at"])
    if undo:
        publish(TurnedBack(passage))
    deciding.tell(passage)
    return passage


def locked(passage: Passage) -> Passage:
    """Return the passage, locked with its lane until the end of the transaction.

    Whoever locks does so in this order, lest two wait for each other: a site's audit chain, the
    passage, the lane, the stay.
    """
    passage = (
        Passage.objects.select_for_update(of=("self",))
        .select_related("site", "device")
        .get(pk=passage.pk)
    )
    passage.lane = _lanes().get(pk=passage.lane_id)
    return passage


def _lanes() -> QuerySet[Lane]:
    """Return lanes to decide at: one car at a time, whichever process decides."""
    # A plan's outline may be long, and nobody at a lane needs it.
    return (
        Lane.objects.select_for_update(of=("self",), no_key=True)
        .select_related("gate", "lot", "camera", "barrier")
        .defer("lot__outline")
    )


def _lane_of(device_id: int) -> Lane | None:
    """Return the lane that the device speaks for; None where that is none, or can't be told."""
    of_device = Q(camera=device_id) | Q(barrier=device_id)
    lanes = Lane.objects.filter(of_device).only("camera_id", "barrier_id")
    found = [each for each in lanes if each.camera_id == device_id] or list(lanes)
    return found[0] if len(found) == 1 else None


def _told_before(event: events.CarMoved, lane: Lane) -> bool:
    """Whether the lane's other device said the same a moment ago: it is one car."""
    others = {lane.camera_id, lane.barrier_id} - {event.device_id, None}
    return DeviceEvent.objects.filter(
        device__in=others,
        type="movement",
        detail__movement=event.movement,
        received_at__gt=event.received_at - _SAME_CAR,
    ).exists()


def _that_moved(event: events.CarMoved, lane: Lane) -> Passage | None:
    """Find the lane's newest car; of a movement that is told late, the newest of its time.

    Only a car that was let through passes; one that waits may turn back, too.
    """
    let_through_at = event.received_at - _MOVES_WITHIN
    lately = Decision.objects.filter(
        passage=OuterRef("pk"), outcome=Decision.Outcome.OPEN, at__gte=let_through_at
    )
    moves = Q(state__in=LET_THROUGH) & Q(Exists(lately))
    if event.movement == "turned_back":
        moves |= Q(state__in=_WAITING)
    passages = Passage.objects.filter(
        moves,
        lane=lane,
        received_at__gte=event.received_at - _WAITS_AT_MOST,
        ended_at__isnull=True,
        forgotten=False,
    )
    if event.received_at - event.at > LATE:
        passages = passages.filter(at__lte=event.at + _WHOLE_SECOND)
    return passages.order_by("-received_at", "-pk").select_for_update(of=("self",)).first()


def _plate_of(raw: str) -> str:
    text = normalise(raw)
    return text if is_plausible(text) else ""


def _new_passage(event: events.PlateSeen, lane: Lane, text: str) -> Passage:
    sure = bool(text) and round(event.confidence * 100) >= lane.camera_limit
    unread = event.image is not None and not sure
    return Passage.objects.create(
        site_id=event.site_id,
        lane=lane,
        device=lane.camera,
        direction=lane.direction,
        at=event.at,
        received_at=event.received_at,
        plate=text,
        folded=fold(text),
        confidence=event.confidence if text else 0.0,
        colour=event.colour,
        image=photos.store(event.image, event.received_at) if event.image else "",
        state=Passage.State.READING if unread else Passage.State.HELD,
    )


def _ask_reader(passage: Passage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [READ_CHANNEL, str(passage.pk)])
    deciding.tell(passage)


def _take(passage: Passage, read: PlateRead) -> None:
    passage.plate, passage.folded = read.text, fold(read.text)
    passage.confidence = read.confidence


def _by_hand(
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
        known=[],
    )
    lets_in = outcome == Decision.Outcome.OPEN and passage.direction == "entry"
    if lets_in and passage.state not in LET_THROUGH:
        context.memo["cover"] = permits.take(passage)
    return deciding.conclude(context, rule, CheckResult(outcome, {}), actor=actor, reason=reason)


def _log(passage: Passage, actor: User, action: str, reason: str) -> None:
    # No plate: the chain is kept for longer than a plate may be, and nothing is taken out of it.
    audit.record(passage.site, actor, action, f"passage:{passage.pk}", reason=reason)
