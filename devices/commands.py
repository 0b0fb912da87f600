"""Commands to devices: stored with their cause, signed, sent once, then answered or expired.

A command is published only after the transaction that created it has committed. The gates process
holds the link and publishes its own commands at once; other processes wake it with NOTIFY. A
command is marked as sent before it is published: a crash between the two leaves it unanswered, but
never opens a barrier twice (devices.md: commands are never re-sent automatically).
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Mod

from core import clock, keys, live
from core.copying import insert_rows
from core.events import publish
from core.ids import ordered_id
from devices import drivers, events, signing, topics
from devices.dispatch import publish_isolated
from devices.drivers.contract import DeviceCommand, OutgoingMessage
from devices.models import Command, Device
from devices.rejections import rejected

logger = logging.getLogger(__name__)

CHANNEL = "gatehouse_commands"
VALIDITY = timedelta(seconds=10)  # devices.md: not_after is at most 10 s away
# Devices that expect a reply repeat their message after this time.
REPLY_EXPIRY_S = 10
# An answer may still be in transit when the command expires.
ANSWER_GRACE = timedelta(seconds=2)
ACTOR_LENGTH, REASON_LENGTH = 160, 240

Publisher = Callable[[str, bytes, int], bool]
_publisher: Publisher | None = None

# One round trip takes the next numbers, locks the devices' rows and reads key versions and sites.
_NEXT_SEQS = """
UPDATE devices_device AS device SET last_seq = device.last_seq + 1
FROM core_site AS site WHERE device.id = ANY (%s) AND site.id = device.site_id
RETURNING device.id, device.last_seq, device.key_version, device.enabled, site.slug, site.timezone
"""


@dataclass(frozen=True, slots=True)
class Order:
    """A command to send; see `send`."""

    device: Device
    action: str
    args: dict[str, Any]
    actor: str
    reason: str


def use_publisher(publisher: Publisher | None) -> None:
    """Make this the publishing process: ``publisher(topic, payload, seconds)``.

    The publisher returns whether the message was handed to the network; ``seconds`` is its expiry
    at the broker. None ends this role.
    """
    global _publisher
    _publisher = publisher


@transaction.atomic(savepoint=False)  # two round trips less on the way to an open barrier
def send(device: Device, action: str, args: dict[str, Any], *, actor: str, reason: str) -> Command:
    """Store a signed command in the caller's transaction; it is published after the commit.

    It is published once, within its 10 s, or never; `CommandSettled` reports the outcome. Nothing
    is sent to a disabled device: its command expires.

    Args:
        device: the recipient.
        action: one of its driver's actions, such as ``open``.
        args: the action's arguments, as its driver defines them.
        actor: the user's name, or the name of the process that decided.
        reason: stored with the command and sent to the device.

    Raises:
        Rejection: the driver does not support the action, or an argument is invalid; the
            caller's transaction must then be rolled back.
    """
    return send_all([Order(device, action, args, actor, reason)])[0]


@transaction.atomic(savepoint=False)
def send_all(orders: Sequence[Order]) -> list[Command]:
    """Store signed commands to devices that differ, with two statements for all; see `send`.

    The caller has locked several devices in the order of their primary keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_SEQS, [[each.device.pk for each in orders]])
        rows = {pk: row for pk, *row in cursor.fetchall()}
    commands, after_commit = [], []
    for order in orders:
        device = order.device
        device.last_seq, device.key_version, enabled, site, timezone = rows[device.pk]
        command = _signed(order)
        outgoing = _outgoing(command, site, timezone)
        ours = _publisher is not None and enabled
        if ours:
            command.state, command.sent_at = Command.State.SENT, command.issued_at
        commands.append(command)
        after_commit.append(partial(_publish, command, outgoing) if ours else None)
    insert_rows(commands)
    for command, publish_it in zip(commands, after_commit, strict=True):
        if publish_it is not None:
            transaction.on_commit(publish_it, robust=True)
        else:
            _notify(command)
    return commands


def _signed(order: Order) -> Command:
    """Return an unsaved command with the device's latest number and key."""
    device, now = order.device, clock.now()
    command = Command(
        cmd_id=ordered_id(),
        device=device,
        action=order.action,
        args=order.args,
        seq=device.last_seq,
        issued_at=now,
        not_after=now + VALIDITY,
        actor=order.actor[:ACTOR_LENGTH],
        reason=order.reason[:REASON_LENGTH],
        key_id=f"{device.code}:{device.key_version}",
    )
    command.sig = signing.sign(document(command), key_of(device))
    return command


def key_of(device: Device) -> bytes:
    """Return the key with which the device's commands are signed."""
    return keys.derive(f"device {device.pk} {device.key_version}")


def document(command: Command) -> dict[str, Any]:
    """Return the command as the device receives it, without the signature."""
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
    """Publish the valid commands that other processes queued; return how many were sent.

    Does nothing in a process without the link.
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
    """Publish a driver's acknowledgement to a device, if this process holds the link.

    It is tried once: a device without an acknowledgement repeats its message.
    """
    if _publisher is not None:
        _publisher(reply.topic, reply.payload, REPLY_EXPIRY_S)


@transaction.atomic(savepoint=False)
def record_answer(answer: events.CommandAnswered) -> None:
    """Store a device's answer, even one that arrives after its command has expired.

    Raises:
        Rejection: no such command was sent to that device.
    """
    command = _commands_answered(answer).select_for_update().first()
    if command is None:
        raise rejected("cmd_id", "command_unknown")
    if command.answered_at is not None:
        return
    command.args = _redacted_args(command)
    command.answered_at = answer.received_at
    command.answer = {"ok": answer.ok, "error": answer.error}
    command.state = Command.State.DONE if answer.ok else Command.State.REFUSED
    command.save(update_fields=["answered_at", "answer", "state", "args"])
    live.announce(topics.DEVICE, answer.site_id, command.device_id)
    publish(_settled_event(command, answer.site_id, answer))


def _commands_answered(answer: events.CommandAnswered) -> QuerySet[Command]:
    """Return the command by id, or by its number, newest first, since numbers are reused."""
    sent = Command.objects.filter(device_id=answer.device_id)
    if answer.number is None:
        return sent.filter(cmd_id=answer.cmd_id)
    driver = Device.objects.values_list("driver", flat=True).get(pk=answer.device_id)
    numbers = drivers.driver(driver).MANIFEST.command_numbers
    numbered = sent.annotate(number=Mod(F("seq") - 1, Value(numbers)))
    return numbered.filter(number=answer.number - 1).order_by("-seq")


def expire_overdue(most: int | None = None) -> int:
    """Close the commands without an answer in time (``unknown``) or never sent (``expired``).

    Args:
        most: close no more than these; None closes all.

    Returns:
        How many were closed.
    """
    closed = 0
    while (most is None or closed < most) and _expire_one():
        closed += 1
    return closed


@transaction.atomic
def _expire_one() -> bool:
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
    command.args = _redacted_args(command)
    sent = command.state == Command.State.SENT
    command.state = Command.State.UNKNOWN if sent else Command.State.EXPIRED
    command.save(update_fields=["state", "args"])
    live.announce(topics.DEVICE, command.device.site_id, command.device_id)
    publish_isolated(_settled_event(command, command.device.site_id))
    return True


def _redacted_args(command: Command) -> dict[str, Any]:
    """Return the arguments to retain: of a secret one (`Manifest.secret_args`) only the size."""
    is_open = command.state in (Command.State.QUEUED, Command.State.SENT)
    if not command.args or not is_open:
        return command.args  # nothing to redact, or redacted before, when the command was closed
    driver = drivers.DRIVERS.get(command.device.driver)
    secret = driver.MANIFEST.secret_args if driver else frozenset()
    return {
        name: {"size": len(json.dumps(value))} if name in secret else value
        for name, value in command.args.items()
    }


def _settled_event(
    command: Command, site_id: int, answer: events.CommandAnswered | None = None
) -> events.CommandSettled:
    return events.CommandSettled(
        command_id=command.pk,
        site_id=site_id,
        state=command.state,
        action=command.action,
        answer=answer,
    )


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
    """Publish a command that is marked as sent; queue it again if there is no broker."""
    left = (command.not_after - clock.now()).total_seconds()
    if left > 0 and _publisher is not None:
        if _publisher(outgoing.topic, outgoing.payload, max(int(left), 1)):
            return True
        logger.warning("no broker for command %s", command.cmd_id)
    Command.objects.filter(pk=command.pk, state=Command.State.SENT).update(
        state=Command.State.QUEUED, sent_at=None
    )
    return False
