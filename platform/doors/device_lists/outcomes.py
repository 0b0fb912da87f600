"""Record what devices answer to orders for their lists, and send the next ones."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from core import clock, live
from core.events import publish
from devices.events import CommandAnswered, CommandSettled
from devices.models import Command
from doors.device_lists import comparing, full_lists, sending
from doors.events import PersonDeleted, PersonLoaded
from doors.models import DeviceEntry, DeviceList, DeviceProfile
from doors.topics import DEVICE_LIST

State = DeviceEntry.State
_ACTIONS = frozenset(
    {
        *("put_person", "delete_person", "find_person", "list_persons", "count_persons"),
        *("put_card", "delete_card", "find_card", "list_cards", "put_profile"),
    }
)
_PUT, _FIND = ("put_person", "put_card"), ("find_person", "find_card")
#: After so many orders, the last one refused, an entry has failed until the next comparison.
#: Deletions, and orders to a device that does not answer, are tried for ever.
MOST_ATTEMPTS = 6
_MOST_COUNTED = 1000
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
_OUTCOME = (
    *("state", "reason", "answer", "answered_at", "command", "is_uncertain", "attempts"),
    *("retry_at", "sent", "loaded", "changed_at"),
)


def apply(event: CommandSettled) -> None:
    """Record the outcome of an order, and send the next one once that is committed."""
    if event.action not in _ACTIONS:
        return
    rows = DeviceEntry.objects.select_for_update(of=("self",)).select_related("device")
    row = rows.filter(command=event.command_id).first()
    if row is not None:
        _apply_to_entry(row, event)
        device_id = row.device_id
    elif (device_id := _apply_to_others(event) or 0) == 0:
        return
    live.announce(DEVICE_LIST, event.site_id, device_id)
    transaction.on_commit(lambda: sending.advance(device_id), robust=True)


def _apply_to_others(event: CommandSettled) -> int | None:
    """Record the outcome for a time profile or a comparison; return the device."""
    ok = event.state == Command.State.DONE
    profile = DeviceProfile.objects.filter(command=event.command_id).first()
    if profile is not None:
        profile.command, profile.loaded = None, ok
        profile.answer = event.answer.error[:200] if event.answer else ""
        profile.retry_at = None if ok else clock.now() + FIRST_PAUSE
        profile.save()
        return profile.device_id
    found = DeviceList.objects.select_for_update().filter(command=event.command_id).first()
    if found is None:
        return None
    comparing.record_answer(found, event.answer if ok or _is_absent(event) else None)
    return found.device_id


def _is_absent(event: CommandSettled) -> bool:
    return event.answer is not None and event.answer.problem == "absent"


def _apply_to_entry(row: DeviceEntry, event: CommandSettled) -> None:
    row.command = None
    if event.answer is not None:
        row.answered_at = event.answer.received_at
        row.answer = (event.answer.error or "ok")[:200]
    if event.state == Command.State.EXPIRED:  # it was never sent, so nothing is uncertain
        row.retry_at = clock.now() + FIRST_PAUSE
    elif event.state == Command.State.UNKNOWN or event.answer is None:
        _try_later(row, "no_answer")
        row.is_uncertain = True
    else:
        row.is_uncertain = False
        _apply_answer(row, event, event.answer)
    row.changed_at = clock.now()
    row.save(update_fields=_OUTCOME)


def _apply_answer(row: DeviceEntry, event: CommandSettled, answer: CommandAnswered) -> None:
    if event.action in _FIND:
        if answer.ok or answer.problem == "absent":
            _found(row, (answer.listed or {}).get(row.key), answer)
        else:
            _try_later(row, "refused")
            row.is_uncertain = True
    elif event.action in _PUT:
        _stored(row, answer) if answer.ok else _not_stored(row, answer)
    elif answer.ok or answer.problem == "absent":
        _deleted(row, answer)
    else:
        _try_later(row, "refused")


def _stored(row: DeviceEntry, answer: CommandAnswered) -> None:
    row.loaded, row.attempts, row.retry_at = row.sent, 0, None
    if row.state == State.WANTED and row.loaded.get("digest") == row.digest:
        is_whole = row.loaded.get("face", 0) == row.face
        row.state, row.reason = (State.ON_DEVICE if is_whole else State.NEEDS_PHOTO), ""
    elif row.state == State.WANTED and sending.loses_means(row):  # card lost, or face withdrawn
        row.state, row.reason = State.REMOVING, ""
    face = row.loaded.get("face", 0)
    if row.person_id is not None:
        publish(PersonLoaded(row.site_id, row.device_id, row.person_id, face, answer.received_at))


def _not_stored(row: DeviceEntry, answer: CommandAnswered) -> None:
    if row.state == State.REMOVING and answer.problem in ("full", "photo"):
        row.retry_at = None  # it was to be deleted meanwhile: the deletion settles it
    elif answer.problem == "full":
        full_lists.refuse(row)
    elif answer.problem == "present":  # only another order, for those on the list, changes it
        row.loaded, row.retry_at = {"digest": "", "face": 0, "card": ""}, None
    elif answer.problem == "absent":
        row.loaded, row.retry_at = {}, None
    elif answer.problem == "photo":
        row.state, row.reason = State.FAILED, "photo"
    else:
        _try_later(row, "refused")


def _deleted(row: DeviceEntry, answer: CommandAnswered) -> None:
    had_face = bool(row.loaded.get("face"))
    row.loaded, row.attempts, row.retry_at, row.reason = {}, 0, None, ""
    row.state = State.WANTED if row.content else State.GONE
    at = answer.received_at
    if row.person_id is not None:
        publish(PersonDeleted(row.site_id, row.device_id, row.person_id, had_face, at))
    full_lists.make_room(row.device_id)


def _found(row: DeviceEntry, entry: Any, answer: CommandAnswered) -> None:
    """Record whether the device has the entry about which an order was not answered."""
    row.retry_at = None
    if row.state == State.REMOVING:
        if entry is None:
            _deleted(row, answer)
        return
    if entry is None:
        row.loaded = {}
    elif comparing.is_as_sent(row, entry):
        _stored(row, answer)


def _try_later(row: DeviceEntry, reason: str) -> None:
    row.attempts = min(row.attempts + 1, _MOST_COUNTED)
    is_final = reason == "refused" and row.attempts >= MOST_ATTEMPTS
    if is_final and row.state == State.WANTED:
        row.state = State.FAILED
    row.reason = reason
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
    row.retry_at = clock.now() + pause


@transaction.atomic
def send_again(row: DeviceEntry) -> None:
    """Let an entry be sent at once, also if it has failed or is on the device."""
    own = DeviceEntry.objects.filter(pk=row.pk)
    own.filter(state=State.REMOVING).update(retry_at=None)
    comparing.want_again(own.filter(state=State.ON_DEVICE))
    waiting = own.filter(state__in=[State.FAILED, State.WANTED, State.NEEDS_PHOTO])
    waiting.update(state=State.WANTED, reason="", attempts=0, retry_at=None)
    transaction.on_commit(lambda: sending.advance(row.device_id), robust=True)
