"""Encode the messages of door devices: our own readers, face terminals and cameras, controllers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .speech import Message, Ours, encoded

ACCEPTED, NO_SUCH_PERSON, LIST_FULL, PHOTO_NOT_FOUND = 200, 461, 467, 470
KNOWN_ALREADY = 402
#: The event reasons of a controller: opened by a swipe, and without a right.
SWIPED, NO_RIGHT = 1, 6


@dataclass(frozen=True, slots=True)
class OwnReader(Ours):
    """Messages of a reader of our own protocol."""

    def question(self, key: str, at: datetime, shown: Mapping[str, Any]) -> Message:
        """Encode what a person shows; the reader waits for the answer before it opens."""
        return self._up("event", key, at, {"type": "credential", "ask": True, **shown})

    def change(self, key: str, at: datetime, change: str) -> Message:
        """Encode that the door was opened or closed."""
        return self._up("event", key, at, {"type": "door", "change": change})


@dataclass(frozen=True, slots=True)
class FaceMqtt:
    """Messages of the face terminal with this serial number, on ``mqtt/face``."""

    device: str
    serial: str

    @property
    def listens(self) -> str:
        """The topic to subscribe to."""
        return f"mqtt/face/{self.serial}"

    def heartbeat(self, at: datetime) -> Message:
        """Encode a sign of life."""
        return self._message("heartbeat", "HeartBeat", {"time": _clock(at)})

    def online(self, at: datetime) -> Message:
        """Encode that it has connected."""
        return self._message("basic", "Online", {"time": _clock(at)})

    def offline(self, at: datetime) -> Message:
        """Encode the last will."""
        return self._message("basic", "Offline", {"time": _clock(at)})

    def record(self, number: str, at: datetime, seen: Mapping[str, Any]) -> Message:
        """Encode what it has decided about a person of its list."""
        info = {"RecordID": number, "time": _clock(at), "PersonType": "0", **seen}
        return self._message("Rec", "RecPush", info)

    def stranger(self, number: str, at: datetime) -> Message:
        """Encode that it has seen a face that it does not know."""
        return self._message("Snap", "StrSnapPush", {"SnapID": number, "time": _clock(at)})

    def answer(self, command: Mapping[str, Any], code: int, info: Mapping[str, Any]) -> Message:
        """Encode the answer to a command."""
        body = {
            "messageId": command.get("messageId", ""),
            "operator": f"{command.get('operator', '')}-Ack",
            "code": str(code),
            "info": {
                "facesluiceId": self.serial,
                **info,
                "result": "ok" if code == ACCEPTED else "fail",
            },
        }
        return Message(self.device, f"mqtt/face/{self.serial}/Ack", encoded(body))

    def _message(self, channel: str, operator: str, info: Mapping[str, Any]) -> Message:
        body = {"operator": operator, "info": {"facesluiceId": self.serial, **info}}
        return Message(self.device, f"mqtt/face/{self.serial}/{channel}", encoded(body))


@dataclass(frozen=True, slots=True)
class FaceRequest:
    """Messages of the face camera with this serial number, on ``face/{sn}/response``."""

    device: str
    serial: str

    @property
    def listens(self) -> str:
        """The topic to subscribe to."""
        return f"face/{self.serial}/request"

    def state(self, *, online: bool) -> Message:
        """Encode that it has connected, or its last will."""
        return self._up({"cmd": "mqtt_online" if online else "mqtt_lwt", "sn": self.serial})

    def result(self, number: int, at: datetime, person: str) -> Message:
        """Encode a face that it has compared; a stranger has no id."""
        body = {
            "sn": self.serial,
            "per_id": person,
            "matched": 93.5 if person else 0,
            "role": 1,
            "sequence": number,
            "sec": int(at.timestamp()),
            "usec": at.microsecond,
        }
        return self._up({"type": "face_result", "body": body})

    def answer(self, command: Mapping[str, Any], code: int, reply: str) -> Message:
        """Encode the answer to a command."""
        own = {"cmd": command.get("cmd", ""), "cmd_id": command.get("cmd_id", "")}
        return self._up({**own, "code": code, "reply": reply, "sn": self.serial, "version": "0.2"})

    def _up(self, body: Mapping[str, Any]) -> Message:
        return Message(self.device, f"face/{self.serial}/response", encoded(dict(body)))


@dataclass(frozen=True, slots=True)
class Uhppoted:
    """Messages of a gateway about a door controller, its own or another of its controllers."""

    device: str
    serial: str
    gateway: str

    @property
    def root(self) -> str:
        """What the topics of the gateway begin with."""
        return f"uhppoted/{self.gateway}"

    @property
    def listens(self) -> str:
        """The topics to subscribe to."""
        return f"{self.root}/requests/#"

    def alive(self) -> Message:
        """Encode the gateway's health check."""
        alive = {"alive": {"subsystem": "health-check", "message": "OK"}}
        return self._message("system", {"system": alive})

    def alert(self, text: str) -> Message:
        """Encode the gateway's report about the controller."""
        alert = {"alert": {"message": f"UTC0311-L0x {self.serial} {text}"}}
        return self._message("system", {"system": alert})

    def swipe(self, number: int, at: datetime, seen: Mapping[str, Any]) -> Message:
        """Encode that a card was swiped: `seen` has its number, the door and the decision."""
        event = {
            "device-id": int(self.serial),
            "event-id": number,
            "event-type": {"code": 1, "description": "card swipe"},
            "timestamp": f"{_clock(at)} CST",
            **seen,
        }
        return self._message("events", {"event": event})

    def reply(
        self, request: Mapping[str, Any], method: str, response: Mapping[str, Any]
    ) -> Message:
        """Encode the gateway's reply to a request."""
        body = {"method": method, "response": {"device-id": int(self.serial), **response}}
        return self._answer(request, {"reply": body | _named(request)})

    def error(self, request: Mapping[str, Any], code: int, text: str) -> Message:
        """Encode that a request has failed."""
        error = {"error": {"error-code": code, "message": text}}
        return self._answer(request, {"error": error | _named(request)})

    def _answer(self, request: Mapping[str, Any], message: Mapping[str, Any]) -> Message:
        topic = str(request.get("reply-to") or f"{self.root}/replies/{self.serial}")
        return Message(self.device, topic, encoded({"message": dict(message)}))

    def _message(self, channel: str, message: Mapping[str, Any]) -> Message:
        return Message(self.device, f"{self.root}/{channel}", encoded({"message": dict(message)}))


def _named(request: Mapping[str, Any]) -> dict[str, Any]:
    same = {name: request.get(name, "") for name in ("request-id", "client-id")}
    return {**same, "server-id": "uhppoted"}


def _clock(at: datetime) -> str:
    """Return a time as makers write it, without an offset."""
    return f"{at:%Y-%m-%d %H:%M:%S}"
