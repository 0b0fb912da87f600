"""Fire release and lock-down of groups of doors, and opening one by hand.

Our fire release supplements the wired one of the doors, and is no life-safety device.
"""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live, validation
from core.errors import Rejection
from core.ids import ordered_id
from core.models import User
from devices.models import Command
from doors import opening
from doors.models import DoorPassage, GroupState
from doors.topics import ALERT, PASSAGE
from estate.models import Door, DoorDevice, DoorGroup
from estate.services.common import Actor
from estate.topics import DOOR

logger = logging.getLogger(__name__)


@transaction.atomic
def open_door(door: Door, actor: User, reason: str) -> DoorPassage:
    """Open a door once, for somebody whom a person of the staff lets in.

    Raises:
        Rejection: no reason is given, or no device of the door can be told to open it.
    """
    validation.require_reason(reason)
    served = opening.openers([door])
    if not served:
        raise no_opener()
    command = opening.send(served[0], actor.get_username(), reason)
    now = clock.now()
    passage = DoorPassage.objects.create(
        site_id=door.site_id,
        door=door,
        device=served[0].device,
        key=f"by hand {ordered_id()}",
        means="remote",
        granted=True,
        outcome=DoorPassage.Outcome.OPEN,
        rule="by_hand",
        facts={"reason": reason.strip()},
        device_at=now,
        at=now,
        received_at=now,
        command=command,
    )
    audit.record(door.site, actor, "open door", ("door", door.pk), reason=reason)
    live.announce(PASSAGE, door.site_id, passage.pk)
    return passage


def no_opener() -> Rejection:
    """Return the rejection of a door without a device that can be told to open it."""
    return Rejection(
        "door",
        "no_opener",
        _("no device of this door opens it by a command"),
        _("open it on the spot"),
    )


@transaction.atomic
def begin_fire_release(group: DoorGroup, cause: Actor) -> list[Command]:
    """Open the doors of a group, and let them open for everybody until it ends.

    Whatever fails for one door opens the others all the same.
    """
    state = _state(group)
    if state.fire_since is None:
        state.fire_since, state.fire_by = clock.now(), str(cause)
        state.save(update_fields=["fire_since", "fire_by"])
        _record(group, cause, "begin fire release")
    doors = Door.objects.in_use().filter(groups=group)
    sent = [_open_for_fire(served, cause) for served in opening.openers(doors)]
    return [command for command in sent if command is not None]


@transaction.atomic
def end_fire_release(group: DoorGroup, actor: User, reason: str) -> None:
    """End a fire release: doors ask who comes in again.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    state = _state(group)
    if state.fire_since is not None:
        state.fire_since, state.fire_by = None, ""
        state.save(update_fields=["fire_since", "fire_by"])
        _record(group, actor, "end fire release", reason=reason)


@transaction.atomic
def begin_lock_down(group: DoorGroup, actor: User, second: User, reason: str) -> None:
    """Let nobody in through the doors of a group; people may leave.

    Args:
        second: who confirms it.

    Raises:
        Rejection: no reason is given, or one person confirms it to themselves.
    """
    validation.require_reason(reason)
    if second.pk == actor.pk:
        raise Rejection(
            "second", "same_person", _("this needs two people"), _("ask a colleague to confirm")
        )
    state = _state(group)
    if state.locked_since is None:
        state.locked_since, state.locked_by = clock.now(), actor.get_username()
        state.save(update_fields=["locked_since", "locked_by"])
        names = {"reason": reason, "confirmed_by": second.get_username()}
        _record(group, actor, "begin lock-down", **names)


@transaction.atomic
def end_lock_down(group: DoorGroup, actor: User, reason: str) -> None:
    """End a lock-down.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    state = _state(group)
    if state.locked_since is not None:
        state.locked_since, state.locked_by = None, ""
        state.save(update_fields=["locked_since", "locked_by"])
        _record(group, actor, "end lock-down", reason=reason)


def _open_for_fire(served: DoorDevice, cause: Actor) -> Command | None:
    try:
        with transaction.atomic():
            return opening.send(served, str(cause), "fire")
    except Rejection as rejection:
        logger.warning("door %s is not opened for fire: %s", served.door_id, rejection)
        return None


def _state(group: DoorGroup) -> GroupState:
    """Return the state of a group, locked until the transaction ends."""
    GroupState.objects.get_or_create(group=group)
    return GroupState.objects.select_for_update().get(group=group)


def _record(group: DoorGroup, actor: Actor, action: str, **detail: object) -> None:
    subject = ("door_group", group.pk)
    audit.record(group.site, actor, action, subject, code=group.code, **detail)
    live.announce(ALERT, group.site_id, group.pk)
    for door_id in group.doors.values_list("pk", flat=True):
        live.announce(DOOR, group.site_id, door_id)
