"""Decide about people at doors: from a device's message to the passage, and to the open door."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from core import clock, live
from devices import commands
from devices.clocks import MAX_DELAY, adjusted_time
from devices.events import CredentialAsked, CredentialSeen
from devices.models import Command, Device
from doors import alarms, checks, duress, reading, signals
from doors.context import IN, OUT, CheckResult, DoorContext, DoorFacts, Shown
from doors.models import CodeUse, DoorPassage, Token
from doors.tokens import MOST_REFUSALS, use_up
from doors.topics import PASSAGE
from doors.visits import entries

Outcome = DoorPassage.Outcome
SENDER = "door decision"
#: What a door says of a credential that it refuses; the reasons themselves are for the staff.
DENIALS = {
    "second_factor_missing": "second_factor",
    "not_at_this_time": "time",
    "passback": "passback",
    "full": "full",
    "lock_down": "locked",
}
_ANY_DENIAL = "refused"
# Refusals that say that somebody tries a PIN where it is not theirs to use.
_COUNTED = frozenset({"no_right", "not_at_this_time", "not_active", "out_of_period"})
_DEVICE = """
SELECT * FROM devices_device WHERE id = %(device)s AND NOT EXISTS (
    SELECT FROM doors_doorpassage WHERE device_id = %(device)s AND key = %(key)s)
"""
_NOTE_DIRECTION = """
INSERT INTO doors_lastpass (group_id, {holder}, direction, at, forgiven_by)
SELECT id, %(holder)s, %(direction)s, %(at)s, '' FROM unnest(%(groups)s::bigint[]) AS id
ON CONFLICT (group_id, {holder}) DO UPDATE
SET direction = excluded.direction, at = excluded.at, forgiven_by = ''
WHERE doors_lastpass.at <= excluded.at
"""
_ENTER = """
INSERT INTO doors_presence (zone_id, {holder}, at, passage_id)
SELECT %(zone)s, %(holder)s, %(at)s, %(passage)s
WHERE NOT EXISTS (
    SELECT FROM doors_doorpassage AS later JOIN estate_door AS door ON door.id = later.door_id
    WHERE later.{holder} = %(holder)s AND later.at > %(at)s AND later.granted
      AND later.direction = 'out' AND door.zone_id = %(zone)s)
ON CONFLICT (zone_id, {holder}) DO UPDATE
SET at = excluded.at, passage_id = excluded.passage_id
WHERE doors_presence.at <= excluded.at
"""
_LEAVE = """
DELETE FROM doors_presence
WHERE zone_id = %(zone)s AND {holder} = %(holder)s AND at <= %(at)s
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What was decided about a person at a door.

    Attributes:
        took_us: how long collecting the facts and deciding took.
    """

    context: DoorContext
    rule: str
    result: CheckResult
    trace: list[dict[str, object]]
    took_us: int

    @property
    def outcome(self) -> Outcome:
        """What is to be done."""
        return self.result.outcome or Outcome.REFUSE

    @property
    def opens(self) -> bool:
        """Whether the door is opened."""
        return self.outcome == Outcome.OPEN


@transaction.atomic(savepoint=False)
def answer(event: CredentialAsked) -> DoorPassage | None:
    """Decide for a device that asks, and send it the answer once the transaction has committed.

    Returns:
        The passage; None where it was recorded before.
    """
    device = _device(event)
    if device is None:
        return None
    made = decide_at(
        event.site_id,
        device,
        reading.door_of_device(event.device_id, event.door, event.direction),
        event,
        second=(event.second_means, event.second_credential),
    )
    command = _send_answer(made, device, event)
    passage = _passage(made, event, device)
    passage.granted, passage.command = made.opens, command
    store(passage, made)
    return passage


@transaction.atomic(savepoint=False)
def record(event: CredentialSeen) -> DoorPassage | None:
    """Record what a device has decided, with what we would have decided.

    Returns:
        The passage; None where it was recorded before.
    """
    device = _device(event)
    if device is None:
        return None
    door = reading.door_of_device(event.device_id, event.door, event.direction)
    made = decide_at(event.site_id, device, door, event)
    passage = _passage(made, event, device)
    passage.granted = passage.device_granted = event.granted
    passage.device_reason, passage.score = event.reason[:200], event.score
    store(passage, made)
    return passage


def decide_at(
    site_id: int,
    device: Device | None,
    door: DoorFacts | None,
    event: CredentialAsked | CredentialSeen,
    second: tuple[str, str] = ("", ""),
) -> Made:
    """Collect the facts about a credential at a door, and run the checks."""
    started = time.perf_counter_ns()
    asked = isinstance(event, CredentialAsked)
    at = adjusted_time(event, device).at if device else event.at
    context = DoorContext(
        at=at,
        means=event.means,
        asked=asked,
        late=event.buffered or event.received_at - at > MAX_DELAY or _waited(event, asked),
        door=door,
        shown=reading.find(site_id, device, door, event.means, event.credential),
        second_means=second[0],
    )
    if second[0]:
        context.second = reading.find(site_id, device, door, *second)
    reading.complete(context)
    return make(context, started)


def make(context: DoorContext, started: int | None = None) -> Made:
    """Run the checks.

    Args:
        started: by ``time.perf_counter_ns``, when collecting the facts began.
    """
    started = time.perf_counter_ns() if started is None else started
    rule, result, trace = checks.evaluate(context)
    return Made(context, rule, result, trace, (time.perf_counter_ns() - started) // 1000)


def _waited(event: CredentialAsked | CredentialSeen, asked: bool) -> bool:
    """Whether a question has waited here for longer than an answer may be carried out."""
    return asked and clock.now() - event.received_at > commands.VALIDITY


def _device(event: CredentialAsked | CredentialSeen) -> Device | None:
    """Return the device of a message; None where the message was recorded before."""
    found = Device.objects.raw(_DEVICE, {"device": event.device_id, "key": event.key})
    return next(iter(found), None)


def _send_answer(made: Made, device: Device, event: CredentialAsked) -> Command:
    if made.opens:
        args: dict[str, Any] = {"ask_id": event.key, "door": event.door}
        door = made.context.door
        if door is not None and door.unlock_seconds is not None:
            args["seconds"] = door.unlock_seconds
        if door is not None and door.held_open_seconds is not None:
            args["held_seconds"] = door.held_open_seconds
        return commands.send(device, "open", args, actor=SENDER, reason=made.rule)
    reason = DENIALS.get(made.rule, _ANY_DENIAL)
    args = {"ask_id": event.key, "reason": reason}
    return commands.send(device, "deny", args, actor=SENDER, reason=made.rule)


def _passage(made: Made, event: CredentialAsked | CredentialSeen, device: Device) -> DoorPassage:
    context, shown = made.context, made.context.shown
    return DoorPassage(
        site_id=event.site_id,
        door_id=context.door.pk if context.door else None,
        device=device,
        key=event.key,
        means=event.means,
        credential=event.credential[:200] if event.means in ("card", "face") else "",
        card_id=shown.card if shown else None,
        token_id=shown.token if shown else None,
        person_id=shown.person if shown else None,
        visit_id=shown.visit if shown else None,
        direction=context.door.direction if context.door else event.direction,
        outcome=made.outcome,
        rule=made.rule,
        facts=made.result.facts or {},
        trace=made.trace,
        took_us=made.took_us,
        device_at=event.at,
        at=context.at,
        received_at=event.received_at,
        is_late=context.late,
        is_buffered=event.buffered,
        is_duress=_is_duress(context),
    )


def store(passage: DoorPassage, made: Made) -> None:
    """Insert a passage with what follows from it, and tell pages and rules."""
    if passage.is_duress:
        passage.evidence = True
    passage.save(force_insert=True)
    if passage.granted:
        note_passed(passage, made.context)
    if passage.device_granted is None:
        _consume(made) if made.opens else _count_refusal(made)
    if passage.is_duress:
        duress.raise_later(passage)
    signals.observe(passage)
    alarms.look_at_refusals(passage)
    live.announce(PASSAGE, passage.site_id, passage.pk)


def note_passed(passage: DoorPassage, context: DoorContext) -> None:
    """Note in which direction a person passed: for anti-passback, and for who is inside."""
    door = context.door
    if door is None:
        return
    if passage.visit_id is not None:
        entries.cross_door(passage, door)
    holder = passage.visit_id or passage.person_id
    if holder is None or door.direction not in (IN, OUT):
        return
    values: dict[str, Any] = {
        "holder": holder,
        "direction": door.direction,
        "at": passage.at,
        "zone": door.zone,
        "passage": passage.pk,
        "groups": [group.pk for group in door.groups if group.passback != "off"],
    }
    column = "visit_id" if passage.visit_id else "person_id"
    with connection.cursor() as cursor:
        if values["groups"]:
            cursor.execute(_NOTE_DIRECTION.format(holder=column), values)
        if door.zone is not None:
            query = _ENTER if door.direction == IN else _LEAVE
            cursor.execute(query.format(holder=column), values)


def _consume(made: Made) -> None:
    """Use up a code in its step, and forget the refusals of a PIN."""
    for shown in _shown(made.context):
        if shown.token is None:
            continue
        if shown.code is not None and shown.code.step and made.context.door is not None:
            CodeUse.objects.create(
                token_id=shown.token,
                door_id=made.context.door.pk,
                step=shown.code.step,
                at=made.context.at,
            )
        if shown.means == "pin":
            Token.objects.filter(pk=shown.token, refusals__gt=0).update(refusals=0)
        if shown.is_single_use:
            use_up(shown.token)


def _count_refusal(made: Made) -> None:
    """Count a refusal of a PIN, and lock it at the fifth.

    A wrong PIN as a second factor counts for the PIN of the person whose card was shown.
    """
    context = made.context
    shown = context.shown
    if shown is None:
        return
    if made.rule == "second_factor_wrong" and context.second_means == "pin":
        own = Token.objects.filter(person=shown.person, visit=shown.visit, means="pin")
    elif shown.means == "pin" and shown.token is not None and made.rule in _COUNTED:
        own = Token.objects.filter(pk=shown.token)
    else:
        return
    own = own.filter(state__in=Token.IN_USE, locked_at=None)
    own.update(refusals=F("refusals") + 1)
    own.filter(refusals__gte=MOST_REFUSALS).update(locked_at=clock.now())


def _is_duress(context: DoorContext) -> bool:
    return any(each.is_duress and each.state == "active" for each in _shown(context))


def _shown(context: DoorContext) -> list[Shown]:
    return [each for each in (context.shown, context.second) if each is not None]
