"""Send the next orders for a device's list: deletions first, so many at once as it takes.

Each order is a command, committed with the row that it is for. So a process that is killed leaves
rows whose command is answered or expires, and rows without one, which the next look finds.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from core import clock
from core.errors import Rejection
from devices import commands
from devices.drivers.contract import DoorAbilities, ListOf
from devices.models import Command, Device
from doors.device_lists import comparing, photos
from doors.device_lists.profile_numbers import numbers_of
from doors.models import DeviceEntry, DeviceList, DeviceProfile
from estate.door_abilities import abilities_of

State = DeviceEntry.State
SENDER, REASON = "device lists", "list of the device"
LONGEST_NAME = 32
#: A deletion does not wait longer for the answer to another order.
PATIENCE = timedelta(seconds=2)
#: A deletion that can't be written is tried again after it: the driver or the setup may change.
RARELY = timedelta(minutes=10)
_OPEN = (Command.State.QUEUED, Command.State.SENT)


@transaction.atomic
def advance(device_id: int) -> int:
    """Send what is due for a device; return how many orders.

    Nothing is sent while another process does the same, or the device is off: `driving.resume`
    looks again.
    """
    rows = DeviceList.objects.select_for_update(of=("self",), skip_locked=True)
    found = rows.select_related("device__site").filter(device=device_id).first()
    if found is None or not can_send(found.device):
        return 0
    sent, busy = 0, _in_flight(found)
    most = abilities_of(found.device).in_flight
    for row in _removals(device_id):
        if len(busy) + sent >= most and not _is_stuck(busy, sent):
            return sent
        sent += _send_entry(found.device, row)
    while len(busy) + sent < most:
        if not _send_next(found):
            break
        sent += 1
    return sent


def can_send(device: Device) -> bool:
    """Whether orders reach the device now."""
    return device.enabled and device.state != Device.State.OFFLINE


def loses_means(row: DeviceEntry) -> bool:
    """Whether the device knows a card of the person that is no longer good, or a face withdrawn.

    Such an entry is deleted and loaded again: no source says that a terminal forgets a card or a
    face which an order leaves out, and neither a lost card nor a withdrawn face must open.
    """
    card, face = row.loaded.get("card"), row.loaded.get("face")
    is_card_lost = bool(card) and card != row.content.get("card")
    return bool(row.content) and (is_card_lost or bool(face and not row.face))


def due(device_id: int, *states: str) -> QuerySet[DeviceEntry]:
    """Return the entries of a device in some states that may be sent now."""
    now = clock.now()
    rows = DeviceEntry.objects.filter(device=device_id, state__in=states, command=None)
    return rows.filter(Q(retry_at=None) | Q(retry_at__lte=now))


def _in_flight(found: DeviceList) -> list[Command]:
    """Return the orders without an outcome."""
    entry = Q(list_entry__device=found.device)
    profile = Q(pk__in=DeviceProfile.objects.filter(device=found.device).values("command"))
    own = Q(pk=found.command_id) if found.command_id else Q(pk=None)
    rows = Command.objects.filter(entry | profile | own, device=found.device, state__in=_OPEN)
    return list(rows.order_by("pk"))


def _is_stuck(busy: list[Command], sent: int) -> bool:
    """Whether a deletion goes out beside an order that has not been answered for a while."""
    return sent == 0 and bool(busy) and max(e.issued_at for e in busy) < clock.now() - PATIENCE


def _removals(device_id: int) -> list[DeviceEntry]:
    rows = due(device_id, State.REMOVING).select_for_update(of=("self",), skip_locked=True)
    return list(rows.select_related("person").order_by("changed_at", "pk")[:20])


def _send_next(found: DeviceList) -> bool:
    """Send one order that is no deletion; return whether there was one."""
    device = found.device
    profile = _next_profile(device)
    if profile is not None:
        return _send_profile(device, profile)
    rows = due(device.pk, State.WANTED).select_for_update(of=("self",), skip_locked=True)
    latest_first = F("used_at").desc(nulls_last=True)
    while row := rows.select_related("person").order_by(latest_first, "pk").first():
        if _send_entry(device, row):
            return True
    return comparing.send_next(found)


def _next_profile(device: Device) -> DeviceProfile | None:
    """Return the next time profile to store: the last part first, others are linked to it."""
    now = clock.now()
    rows = DeviceProfile.objects.filter(device=device, loaded=False, command=None)
    rows = rows.filter(Q(retry_at=None) | Q(retry_at__lte=now))
    return rows.order_by("combination", "-part").first()


def _send_profile(device: Device, row: DeviceProfile) -> bool:
    row.command = commands.send(device, "put_profile", row.wanted, actor=SENDER, reason=REASON)
    row.save(update_fields=["command"])
    return True


def _send_entry(device: Device, row: DeviceEntry) -> bool:
    """Send the next order for an entry; return whether there was one to send."""
    abilities = abilities_of(device)
    if row.is_uncertain and abilities.lists:
        return _order(device, row, *_question(abilities, row))
    if row.state == State.REMOVING:
        return _order(device, row, *_deletion(abilities, row))
    if abilities.list_of == ListOf.CARDS:
        return _send_card(device, row)
    return _send_person(device, abilities, row)


def _question(abilities: DoorAbilities, row: DeviceEntry) -> tuple[str, dict[str, Any]]:
    if abilities.list_of == ListOf.CARDS:
        return "find_card", {"card": int(row.key)}
    return "find_person", {"person": row.key}


def _deletion(abilities: DoorAbilities, row: DeviceEntry) -> tuple[str, dict[str, Any]]:
    if abilities.list_of == ListOf.CARDS:
        return "delete_card", {"card": int(row.key)}
    return "delete_person", {"person": row.key}


def _send_card(device: Device, row: DeviceEntry) -> bool:
    args = {**row.content, "card": int(row.key)}
    needed = args.pop("profiles")
    numbers = numbers_of(device) if needed else {}
    if any(key not in numbers for key in needed.values()):
        known = DeviceProfile.objects.filter(device=device, combination__in=needed.values())
        row.reason = "profile_waits" if known.exists() else "profiles_full"
        row.state = State.WANTED if known.exists() else State.FAILED
        row.retry_at = clock.now() + timedelta(seconds=5)
        row.save(update_fields=["state", "reason", "retry_at"])
        return False
    if needed:
        args["profiles"] = {door: numbers[key] for door, key in needed.items()}
    row.sent = {"digest": row.digest, "face": 0, "card": ""}  # its key is the card
    return _order(device, row, "put_card", args)


def _send_person(device: Device, abilities: DoorAbilities, row: DeviceEntry) -> bool:
    content = row.content
    name = row.person.name if row.person else ""
    args: dict[str, Any] = {"person": row.key, "name": name[:LONGEST_NAME]}
    args |= {name: content[name] for name in ("begins_at", "ends_at") if name in content}
    if content.get("card"):
        args["card"] = content["card"]
    face = row.loaded.get("face", 0)
    if row.face and row.face != face and row.person_id is not None:
        url = photos.source().photo_url(row.person_id, device.pk)
        if url is not None:
            args["photo_url"], face = url, row.face
    if face != row.face and not content.get("card"):
        row.state, row.reason = State.NEEDS_PHOTO, ""
        row.save(update_fields=["state", "reason"])
        return False
    if not abilities.lists and row.loaded:
        args["known"] = True
    row.sent = {"digest": row.digest, "face": face, "card": content.get("card", "")}
    return _order(device, row, "put_person", args)


def _order(device: Device, row: DeviceEntry, action: str, args: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            row.command = commands.send(device, action, args, actor=SENDER, reason=REASON)
    except Rejection as rejection:  # the driver can't write it, which no repetition changes soon
        row.reason, row.answer = "unwritable", str(rejection)[:200]
        if row.state == State.REMOVING:  # what is on a device is never given up
            row.retry_at = clock.now() + RARELY
        else:
            row.state = State.FAILED
        row.save(update_fields=["state", "reason", "answer", "retry_at"])
        return False
    row.save(update_fields=["command", "sent", "state", "reason"])
    return True
