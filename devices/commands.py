"""Commands to devices: written with their cause, signed, sent once, then answered or unknown.

A command leaves only after the transaction that made it has committed. The gates process has the
link and publishes its own commands at once; any other process wakes it with NOTIFY. A command is
marked as sent before it is published, so that a crash between the two costs an unknown answer and
never a barrier that opens twice (devices.md: never re-sent by itself).
"""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Mod

from core import clock, keys, live
from core.events import publish
from core.ids import ordered_id
from devices import drivers, events, signing, topics
from devices.dispatch import tell
from devices.drivers.contract import DeviceCommand, OutgoingMessage
from devices.models import Command, Device
from devices.rejections import rejected

logger = logging.getLogger(__name__)

CHANNEL = "gatehouse_commands"
HOLDS = timedelta(seconds=10)  # devices.md: not_after is at most 10 s away
# Devices that wait for a reply repeat their message by then.
REPLY_HOLDS_S = 10
# An answer may still be under way when the command has run out.
ANSWER_GRACE = timedelta(seconds=2)
ACTOR_LENGTH, REASON_LENGTH = 160, 240

Publisher = Callable[[str, bytes, int], bool]
_publisher: Publisher | None = None

# One round trip numbers the command, locks the device's row and fetches what an order needs.
_NUMBER = """
UPDATE devices_device AS device SET last_seq = device.last_seq + 1
FROM core_site AS site WHERE device.id = %s AND site.id = device.site_id
RETURNING device.last_seq, device.key_version, device.enabled, site.slug, site.timezone
"""


def publish_with(publisher: Publisher | None) -> None:
    """Make this the process that publishes: ``publisher(topic, payload, seconds)``.

    The publisher returns whether the message was handed to the network; ``seconds`` is how long the
    broker may keep it. None makes this a process like any other again.
    """
    global _publisher
    _publisher = publisher


@transaction.atomic(savepoint=False)  # two round trips less on the way to an open barrier
def send(device: Device, action: str, args: dict[str, Any], *, actor: str, reason: str) -> Command:
    """Write a signed command in the caller's transaction; it leaves when that commits.

    It leaves once, within its 10 s, or never. What became of it is told by `CommandSettled`. A
    disabled device is never sent anything: its command expires.

    Args:
        device: who shall do it.
        action: one of its driver's actions, such as ``open``.
        args: the action's arguments, as its driver has them.
        actor: the person's username, or the name of the process that decided.
        reason: why, for the record and for the device's own.

    Raises:
        Rejection: the device's driver can't do that, or an argument is wrong; the caller's
            transaction can then only be rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [device.pk])
        device.last_seq, device.key_version, enabled, site, timezone = cursor.fetchone()
    now = clock.now()
    command = Command(
        cmd_id=ordered_id(),
        device=device,
        action=action,
        args=args,
        seq=device.last_seq,
        issued_at=now,
        not_after=now + HOLDS,
        actor=actor[:ACTOR_LENGTH],
        reason=reason[:REASON_LENGTH],
        key_id=f"{device.code}:{device.key_version}",
    )
    command.sig = signing.sign(document(command), key_of(device))
    outgoing = _outgoing(command, site, timezone)
    ours = _publisher is not None and enabled
    if ours:
        command.state, command.sent_at = Command.State.SENT, now
    command.save(force_insert=True)
    if ours:
        transaction.on_commit(partial(_publish, command, outgoing), robust=True)
    else:
        _notify(command)
    return command


def key_of(device: Device) -> bytes:
    """Return the key that the device's commands are signed with."""
    return keys.derive(f"device {device.pk} {device.key_version}")


def document(command: Command) -> dict[str, Any]:
    """Return the command as its device gets it, without the signature."""
    return {
        "cmd_id": command.cmd_id,
        "device_id": command.device.code,
        "action": command.action,
        "args": command.args,
        "seq": command.seq,
        "issued_at": command.issued_at.isoformat(),
        "not_after": command.not_after.isoformat(),
        "actor": command.actor,
        "reason": command.reason,
        "key_id": command.key_id,
    }


def publish_queued() -> int:
    """Publish what other processes queued and is still in time; return how many left.

    Only the process with the link does anything here.
    """
    if _publisher is None:
        return 0
    claimed = _claim()
    return sum(
        _publish(
            command, _outgoing(command, command.device.site.slug, command.device.site.timezone)
        )
        for command in claimed
    )


def publish_reply(reply: OutgoingMessage) -> None:
    """Publish what tells a device that its message was taken, where this process has the link.

    It is tried once: a device that hears nothing says it again.
    """
    if _publisher is not None:
        _publisher(reply.topic, reply.payload, REPLY_HOLDS_S)


@transaction.atomic
def settle(answer: events.CommandAnswered) -> None:
    """Take a device's answer; one that comes after its command was given up still counts.

    Raises:
        Rejection: no such command was sent to that device.
    """
    known = _answered(answer)
    command = known.select_related("device").select_for_update(of=("self",)).first()
    if command is None:
        raise rejected("cmd_id", "command_unknown")
    if command.answered_at is not None:
        return
    command.args = _kept(command)
    command.answered_at = answer.received_at
    command.answer = {"ok": answer.ok, "error": answer.error}
    command.state = Command.State.DONE if answer.ok else Command.State.REFUSED
    command.save(update_fields=["answered_at", "answer", "state", "args"])
    live.announce(topics.DEVICE, answer.site_id, command.device_id)
    publish(_settled(command, answer.site_id))


def _answered(answer: events.CommandAnswered) -> QuerySet[Command]:
    """Return the command of that id; of a number, which comes again, the newest one first."""
    sent = Command.objects.filter(device_id=answer.device_id)
    if answer.number is None:
        return sent.filter(cmd_id=answer.cmd_id)
    driver = Device.objects.values_list("driver", flat=True).get(pk=answer.device_id)
    numbers = drivers.driver(driver).MANIFEST.command_numbers
    turn = sent.annotate(turn=Mod(F("seq") - 1, Value(numbers)))
    return turn.filter(turn=answer.number - 1).order_by("-seq")


def sweep() -> int:
    """Give up what got no answer in time (``unknown``) or was never sent (``expired``)."""
    given_up = 0
    while _give_up_one():
        given_up += 1
    return given_up


@transaction.atomic
def _give_up_one() -> bool:
    now = clock.now()
    waiting = Command.objects.filter(state=Command.State.SENT, not_after__lt=now - ANSWER_GRACE)
    late = waiting | Command.objects.filter(state=Command.State.QUEUED, not_after__lt=now)
    command = (
        late.select_related("device")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")
        .first()
    )
    if command is None:
        return False
    command.args = _kept(command)
    sent = command.state == Command.State.SENT
    command.state = Command.State.UNKNOWN if sent else Command.State.EXPIRED
    command.save(update_fields=["state", "args"])
    live.announce(topics.DEVICE, command.device.site_id, command.device_id)
    tell(_settled(command, command.device.site_id))
    return True


def _kept(command: Command) -> dict[str, Any]:
    """Return the arguments as they stay: of a secret one its size (`Manifest.secret_args`)."""
    if command.state not in (Command.State.QUEUED, Command.State.SENT):
        return command.args  # given up before, and its secrets with it
    driver = drivers.DRIVERS.get(command.device.driver)
    secret = driver.MANIFEST.secret_args if driver else frozenset()
    return {
        name: {"size": len(json.dumps(value))} if name in secret else value
        for name, value in command.args.items()
    }


def _settled(command: Command, site_id: int) -> events.CommandSettled:
    return events.CommandSettled(command_id=command.pk, site_id=site_id, state=command.state)


def _notify(command: Command) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, command.cmd_id])


def _outgoing(command: Command, site: str, timezone: str) -> OutgoingMessage:
    device = command.device
    driver = drivers.driver(device.driver)
    order = DeviceCommand(
        device_code=device.code,
        serial=device.serial,
        site=site,
        timezone=timezone,
        body={**document(command), "sig": command.sig},
        options=device.options,
        numbers=driver.MANIFEST.command_numbers,
    )
    return driver.write(order)


@transaction.atomic
def _claim() -> list[Command]:
    queued = Command.objects.filter(
        state=Command.State.QUEUED, not_after__gt=clock.now(), device__enabled=True
    )
    claimed = list(
        queued.select_related("device__site")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")
    )
    now = clock.now()
    for command in claimed:
        command.state, command.sent_at = Command.State.SENT, now
    Command.objects.bulk_update(claimed, ["state", "sent_at"])
    return claimed


def _publish(command: Command, outgoing: OutgoingMessage) -> bool:
    """Publish the command that is marked as sent; put it back when there is no broker."""
    left = (command.not_after - clock.now()).total_seconds()
    if left > 0 and _publisher is not None:
        if _publisher(outgoing.topic, outgoing.payload, max(int(left), 1)):
            return True
        logger.warning("no broker for command %s", command.cmd_id)
    Command.objects.filter(pk=command.pk, state=Command.State.SENT).update(
        state=Command.State.QUEUED, sent_at=None
    )
    return False
