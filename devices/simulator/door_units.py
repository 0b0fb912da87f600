"""The simulated devices at doors: readers that ask, and terminals and controllers with a list.

A device with a list decides by it and keeps it over runs (`DoorUnit.remembered`), as its flash
memory does. Its faults are settings of its entry in the scenario's file (`DoorSetting`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Rejection
from devices.signing import CommandGuard

from .door_people import Passer
from .door_photos import is_fetched
from .door_speech import (
    ACCEPTED,
    KNOWN_ALREADY,
    LIST_FULL,
    NO_SUCH_PERSON,
    PHOTO_NOT_FOUND,
    FaceMqtt,
    FaceRequest,
    OwnReader,
)
from .scenario import Device
from .speech import Message
from .units import OwnUnit, Send, Unit, decoded

MOST_LISTED = 100
_Answer = tuple[int, dict[str, Any]]


class DoorUnit(Unit):
    """A device at a door that people pass."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.door = device.door
        self.zone = ZoneInfo(self.door.timezone)
        self.entries: dict[str, dict[str, Any]] = {}
        self.busy_until = 0.0  # when it has answered all commands, in seconds of the epoch
        self.is_set_off = False  # it was disconnected from outside

    def local(self, at: datetime) -> datetime:
        """Return a time by the device's own clock."""
        return (at + self.skew).astimezone(self.zone)

    def beat(self, at: datetime) -> None:
        """Publish a sign of life; most devices have none."""

    def meet(self, at: datetime, person: Passer, direction: str, chance: Random) -> None:
        """Let a person stand before the door, and show something."""
        raise NotImplementedError

    def execute(self, topic: str, payload: bytes, now: datetime) -> list[Message]:
        """Execute a command; return the answers, which the device publishes after a while."""
        raise NotImplementedError

    def replace(self) -> None:
        """Put another device of the same serial number in its place: its list is empty."""
        self.entries.clear()

    @property
    def remembered(self) -> dict[str, Any]:
        """What it keeps while it is off."""
        return self.entries

    def remember(self, kept: Mapping[str, Any]) -> None:
        """Begin with what an earlier run has kept."""
        self.entries = {str(key): dict(value) for key, value in kept.items()}


class Reader(OwnUnit, DoorUnit):
    """A reader of our own protocol, which asks before it opens, and obeys signed answers only.

    Attributes:
        opened, denied: how often it was told so.
    """

    model, versions = "RD-2", ("3.1.0",)

    def __init__(self, device: Device, run: str, send: Send, site: str) -> None:
        super().__init__(device, run, send, site)
        self.talk = OwnReader(site, device.code)
        self.guard = CommandGuard(device.code, device.command_key)
        self.opened = self.denied = 0

    def meet(self, at: datetime, person: Passer, direction: str, chance: Random) -> None:
        """Ask about what the person shows of the means that it reads."""
        shown = person.shows(self.door.means)
        if not shown:
            return
        means = chance.choice(sorted(shown))
        asked = {"means": means, "value": shown[means], "direction": direction, "door": 1}
        self.publish(self.talk.question(self.key(), at + self.skew, asked))

    def execute(self, topic: str, payload: bytes, now: datetime) -> list[Message]:
        """Obey an answer or a command that is signed and new; return its acknowledgement."""
        command = decoded(payload)
        if command is None or "cmd_id" not in command:
            return []
        error: str | None = None
        try:
            action = self.guard.admit(payload, now + self.skew).get("action")
        except Rejection as rejection:
            error, action = str(rejection), None
        if error is None and action not in ("open", "deny"):
            error = "unknown action"
        self.opened += action == "open"
        self.denied += action == "deny"
        ack = self.talk.acknowledge(self.key(), now + self.skew, str(command["cmd_id"]), error)
        if action != "open":
            return [ack]
        moved = [
            self.talk.change(self.key(), now + self.skew + timedelta(seconds=after), change)
            for after, change in ((0, "opened"), (0.001, "closed"))
        ]
        return [ack, *moved]


class Terminal(DoorUnit):
    """A face terminal on ``mqtt/face``, with its list of persons."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.talk = FaceMqtt(device.code, device.serial)
        self._actions: dict[str, Callable[[dict[str, Any]], _Answer]] = {
            "EditPerson": self._put,
            "DelPerson": self._delete,
            "SearchPersonList": self._list,
            "SearchPerson": self._search,
            "QueryPerson": self._count_persons,
            "Unlock": lambda info: (ACCEPTED, {}),
            "RebootDevice": lambda info: (ACCEPTED, {}),
        }

    @property
    def listens(self) -> str:
        """The topic it subscribes to."""
        return self.talk.listens

    def hello(self, at: datetime) -> Message | None:
        """Return what it publishes at each connection."""
        return self.talk.online(self.local(at))

    def farewell(self, at: datetime) -> Message | None:
        """Return the last will."""
        return self.talk.offline(self.local(at))

    def beat(self, at: datetime) -> None:
        """Publish a heartbeat."""
        self.publish(self.talk.heartbeat(self.local(at)))

    def meet(self, at: datetime, person: Passer, direction: str, chance: Random) -> None:
        """Report a face or a card of its list, or a stranger."""
        entry, local = self.entries.get(person.id), self.local(at)
        seen = {"direction": "entr" if direction == "in" else "exit"}
        if entry is not None and entry.get("face"):
            seen |= {"customId": person.id, "VerifyStatus": "1", "similarity1": "93.500000"}
        elif entry is not None and entry.get("card"):
            seen |= {"customId": person.id, "VerifyStatus": "1", "RFIDCard": entry["card"]}
        elif person.card and "-" not in person.card:
            seen |= {"VerifyStatus": "3", "RFIDCard": person.card}
        else:
            self.publish(self.talk.stranger(self.key(), local))
            return
        self.publish(self.talk.record(self.key(), local, seen))

    def execute(self, topic: str, payload: bytes, now: datetime) -> list[Message]:
        """Execute a command; acknowledgements of its own messages need no answer."""
        command = decoded(payload) or {}
        action = self._actions.get(str(command.get("operator")))
        info = command.get("info")
        if action is None or not isinstance(info, dict):
            return []
        code, answer = action(info)
        return [self.talk.answer(command, code, answer)]

    def _put(self, info: dict[str, Any]) -> _Answer:
        person = str(info.get("customId", ""))
        entry = self.entries.get(person)
        if entry is None and len(self.entries) >= self.door.most:
            return LIST_FULL, {"customId": person, "detail": "database full"}
        if info.get("picURI") and not is_fetched(str(info["picURI"])):
            return PHOTO_NOT_FOUND, {"customId": person}
        entry = dict(entry or {"face": False})
        entry |= {"card": str(info.get("RFIDCard", "")), "name": str(info.get("name", ""))}
        if info.get("pic") or info.get("picURI"):
            entry["face"] = True
        if not self.door.forgets:
            self.entries[person] = entry
        return ACCEPTED, {"customId": person}

    def _delete(self, info: dict[str, Any]) -> _Answer:
        person = str(info.get("customId", ""))
        known = self.entries.pop(person, None) is not None
        return (ACCEPTED if known else NO_SUCH_PERSON), {"customId": person}

    def _list(self, info: dict[str, Any]) -> _Answer:
        first, most = int(info.get("BeginNO", 0)), int(info.get("RequestCount", MOST_LISTED))
        rows = list(self.entries.items())[first : first + min(most, MOST_LISTED)]
        listed = {
            f"Personinfo_{number}": {"customId": key, "RFIDCard": entry.get("card", "")}
            for number, (key, entry) in enumerate(rows)
        }
        return ACCEPTED, {"PersonNum": len(rows), **listed}

    def _search(self, info: dict[str, Any]) -> _Answer:
        person = str(info.get("customId", ""))
        entry = self.entries.get(person)
        if entry is None:
            return NO_SUCH_PERSON, {"customId": person}
        return ACCEPTED, {"customId": person, "RFIDCard": entry.get("card", "")}

    def _count_persons(self, info: dict[str, Any]) -> _Answer:
        return ACCEPTED, {"PersonNum": len(self.entries)}


class FaceCamera(DoorUnit):
    """A face camera on ``face/{sn}/request``, whose list can't be read."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        self.talk = FaceRequest(device.code, device.serial)

    @property
    def listens(self) -> str:
        """The topic it subscribes to."""
        return self.talk.listens

    def hello(self, at: datetime) -> Message | None:
        """Return what it publishes at each connection."""
        return self.talk.state(online=True)

    def farewell(self, at: datetime) -> Message | None:
        """Return the last will."""
        return self.talk.state(online=False)

    def meet(self, at: datetime, person: Passer, direction: str, chance: Random) -> None:
        """Report a face of its list, or a stranger's."""
        self._count += 1
        known = person.id if person.id in self.entries else ""
        number = int(at.timestamp()) % 10**6 + self._count
        self.publish(self.talk.result(number, at + self.skew, known))

    def execute(self, topic: str, payload: bytes, now: datetime) -> list[Message]:
        """Execute a command."""
        command = decoded(payload) or {}
        person = str(command.get("per_id", ""))
        what = command.get("cmd")
        if what in ("create_face", "update_face"):
            return [self._put(command, person, is_new=what == "create_face")]
        if what == "delete_face":
            self.entries.pop(person, None)
            return [self.talk.answer(command, 0, "delete face success")]
        return [self.talk.answer(command, 0, "success")] if what else []

    def _put(self, command: dict[str, Any], person: str, *, is_new: bool) -> Message:
        if is_new and person in self.entries:
            return self.talk.answer(command, KNOWN_ALREADY, "per_id exists")
        if not is_new and person not in self.entries:
            return self.talk.answer(command, 404, "per_id not found")
        if is_new and len(self.entries) >= self.door.most:
            return self.talk.answer(command, 507, "database full")
        if command.get("img_url") and not is_fetched(str(command["img_url"])):
            return self.talk.answer(command, 404, "img_url is not answered")
        if not self.door.forgets:
            self.entries[person] = {"face": True}
        return self.talk.answer(command, 0, "face success")
