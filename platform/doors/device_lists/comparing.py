"""Compare a device's whole list with what is known of it; where it can't be read, send it anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Func, JSONField, QuerySet

from core import clock, live
from devices import commands
from devices.drivers.contract import ListOf
from devices.events import CommandAnswered
from devices.models import Device
from doors.models import DeviceEntry, DeviceList
from doors.topics import DEVICE_LIST
from estate.door_abilities import abilities_of

State = DeviceEntry.State
SENDER, REASON = "device lists", "comparison of the list"
PAGE = 50
MOST_FAILURES = 3
MOST_SHOWN = 200
_WITHOUT_DIGEST = "jsonb_set(%(expressions)s, '{digest}', '\"\"')"
MISSING, DIFFERENT, SURPLUS, STRANGER = "missing", "different", "surplus", "stranger"


@transaction.atomic
def begin(device: Device) -> None:
    """Begin to compare a device's list, or to send it anew where it can't be read."""
    DeviceList.objects.get_or_create(device=device)
    found = DeviceList.objects.select_for_update().get(device=device)
    refused = DeviceEntry.objects.filter(device=device, state=State.FAILED, reason="refused")
    refused.update(state=State.WANTED, reason="", attempts=0, retry_at=None)
    if not abilities_of(device).lists:
        _send_anew(found)
    elif found.comparing is None:
        found.comparing = {"began": clock.now().isoformat(), "listed": {}, "failures": 0}
        found.save(update_fields=["comparing"])
    live.announce(DEVICE_LIST, device.site_id, device.pk)


def send_next(found: DeviceList) -> bool:
    """Ask the device for the next part of its list; return whether there is one."""
    progress = found.comparing
    if progress is None or found.command_id is not None:
        return False
    device = found.device
    action, args = "list_cards", {}
    if abilities_of(device).list_of == ListOf.PERSONS:
        if "total" not in progress:
            action = "count_persons"
        else:
            action, args = "list_persons", {"first": progress["next"], "most": PAGE}
            progress["asked"] = clock.now().isoformat()
            progress.setdefault("since", progress["asked"])
    found.command = commands.send(device, action, args, actor=SENDER, reason=REASON)
    found.save(update_fields=["command", "comparing"])
    return True


def record_answer(found: DeviceList, answer: CommandAnswered | None) -> None:
    """Record a part of the list; None where the device has not given it."""
    progress, found.command = found.comparing, None
    if progress is None:
        pass
    elif answer is None or not _says_something(answer):
        answer = None
        progress["failures"] += 1
        if progress["failures"] >= MOST_FAILURES:
            found.comparing = None
    elif answer.count is not None:
        progress |= {"total": answer.count, "next": 0}
    else:
        progress["listed"] |= {key: dict(each) for key, each in (answer.listed or {}).items()}
        if "next" in progress:
            progress["next"] = _next_part(found, progress)
    if found.comparing is not None and _is_complete(found.comparing, answer):
        _finish(found)
    found.save(update_fields=["comparing", "command", "differences", "compared_at"])


def _next_part(found: DeviceList, progress: dict[str, Any]) -> int:
    """Return where the next part begins: earlier if deletions have moved entries forward.

    An entry that has moved into a part already read would be taken for missing.
    """
    rows = DeviceEntry.objects.filter(device=found.device_id, loaded={})
    deleted = rows.filter(answered_at__gte=datetime.fromisoformat(progress["since"])).count()
    progress["since"] = progress["asked"]
    if deleted:
        return max(0, int(progress["next"]) - PAGE - deleted)
    return int(progress["next"]) + PAGE


def want_again(rows: QuerySet[DeviceEntry]) -> None:
    """Let entries that are on a device be sent anew: it is no longer known what they hold."""
    unknown = Func(F("loaded"), template=_WITHOUT_DIGEST, output_field=JSONField())
    rows.update(state=State.WANTED, reason="", attempts=0, retry_at=None, loaded=unknown)


def is_as_sent(row: DeviceEntry, entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a device's list is what the last order would have stored.

    A photo can't be compared, so one that was sent has to be sent again.
    """
    if "card-number" in entry:
        days = entry.get("start-date"), entry.get("end-date")
        opens = [int(door) for door, how in entry.get("doors", {}).items() if how is True]
        wanted = row.content
        return (
            row.sent.get("digest") == row.digest
            and days == (wanted.get("begins"), wanted.get("ends"))
            and sorted(opens) == wanted.get("doors")
            and not wanted.get("profiles")
        )
    no_photo = row.sent.get("face", 0) == row.loaded.get("face", 0)
    return no_photo and entry.get("card", "") == row.sent.get("card", "") and bool(row.sent)


def _says_something(answer: CommandAnswered) -> bool:
    """Whether an answer holds what was asked for: one that holds nothing is no empty list."""
    if answer.problem == "absent" or answer.count is not None:
        return True
    return answer.listed is not None


def _is_complete(progress: dict[str, Any], answer: CommandAnswered | None) -> bool:
    if answer is None or answer.count == 0:
        return answer is not None
    if "total" in progress:
        return bool(progress["next"] >= progress["total"])
    return True


def _finish(found: DeviceList) -> None:
    progress = found.comparing or {}
    began, listed = datetime.fromisoformat(progress["began"]), progress["listed"]
    found.comparing, found.compared_at = None, clock.now()
    differences = _compare(found, listed, began)
    found.differences = differences[:MOST_SHOWN]


def _compare(
    found: DeviceList, listed: Mapping[str, Mapping[str, Any]], began: datetime
) -> list[dict[str, Any]]:
    """Correct the rows by what the device has listed; return what was different.

    Rows that have changed since the comparison began are left to the next one.
    """
    rows = DeviceEntry.objects.select_for_update(of=("self",)).filter(device=found.device)
    known = {row.key: row for row in rows.order_by("pk")}
    differences = []
    for key, row in known.items():
        if row.command_id is None and row.changed_at < began:
            kind = _correct(row, listed.get(key))
            if kind:
                row.changed_at = clock.now()
                row.save()
                differences.append({"kind": kind, "key": key, "person": row.person_id})
    strangers = sorted(listed.keys() - known.keys())
    return differences + [{"kind": STRANGER, "key": key, "person": None} for key in strangers]


def _correct(row: DeviceEntry, entry: Mapping[str, Any] | None) -> str:
    """Set a row to what the device has; return the kind of the difference, if there is one."""
    if entry is None:
        if not row.loaded:
            return ""
        row.loaded, row.attempts, row.retry_at = {}, 0, None
        if row.state == State.REMOVING:
            row.state = State.WANTED if row.content else State.GONE
            return ""
        row.state, row.reason = State.WANTED, ""
        return MISSING
    card = entry.get("card")
    if not row.loaded:
        row.loaded = {"digest": "", "face": 0, "card": card or ""}
        row.state = State.WANTED if row.content and row.state != State.FAILED else State.REMOVING
        row.reason, row.attempts, row.retry_at = "", 0, None
        return SURPLUS
    if card is not None and card != row.loaded.get("card", "") and row.state == State.ON_DEVICE:
        row.loaded = {**row.loaded, "card": card, "digest": ""}
        row.state = State.REMOVING if card else State.WANTED
        row.attempts, row.retry_at = 0, None
        return DIFFERENT
    return ""


def _send_anew(found: DeviceList) -> None:
    rows = DeviceEntry.objects.filter(device=found.device, state=State.ON_DEVICE, command=None)
    want_again(rows)
    found.compared_at, found.differences = clock.now(), []
    found.save(update_fields=["compared_at", "differences"])
