"""Encode the messages of devices: the vzenith-mqtt protocol and our own (devices.md)."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NO_PLATE = "_无_"
PASSED, TURNED_BACK = 83, 84
AUTOMATIC, BY_SOFTWARE = 1, 4


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a device publishes, always with QoS 1."""

    device: str
    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A camera's reading of a car.

    Attributes:
        text: the plate as read; empty if none was read.
        confidence: percent.
        colour, colour_type: of the plate, as a word and as a vzenith code.
        jpeg, fragment: the photo and the plate cut out of it; empty for none.
        box: left, top, right, bottom of the plate in the photo, pixels.
        trigger: cause of the reading, as a vzenith code.
        more: further frames of the car, which only our own protocol sends.
    """

    text: str
    confidence: int
    colour: str = ""
    colour_type: int = 0
    jpeg: bytes = b""
    fragment: bytes = b""
    box: tuple[int, int, int, int] | None = None
    trigger: int = AUTOMATIC
    more: tuple[bytes, ...] = ()


def b64(data: bytes | str) -> str:
    """Return base64 of the bytes, or of the text's UTF-8."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def encoded(body: dict[str, Any]) -> bytes:
    """Encode JSON as a device does."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Vzenith:
    """Messages of the Vzenith camera with this serial number, published by `device`."""

    device: str
    serial: str

    @property
    def listens(self) -> str:
        """The topics to subscribe to."""
        return f"{self.serial}/device/message/down/+"

    def reading(self, key: str, at: datetime, read: Read) -> Message:
        """Encode a reading."""
        plate = _plate_result(read, at)
        alarm = {
            "channel": 0,
            "deviceName": b64(self.device),
            "ipaddr": "192.168.1.100",
            "serialno": self.serial,
            "result": {"PlateResult": plate},
        }
        return self._up("ivs_result", key, at, {"AlarmInfoPlate": alarm})

    def moved(self, key: str, at: datetime, event: int, read: Read) -> Message:
        """Encode that a car passed the lane (`PASSED`) or turned back (`TURNED_BACK`)."""
        plate = {"license": b64(read.text or NO_PLATE), "color_type": b64(str(read.colour_type))}
        return self._up(
            "lanectrl_result", key, at, {"event_type": event, "result": [{"plate_result": plate}]}
        )

    def alive(self, key: str, at: datetime) -> Message:
        """Encode a keep-alive."""
        return self._up("keep_alive", key, at, {})

    def photo(self, key: str, at: datetime, jpeg: bytes) -> Message:
        """Encode the photo that `snapshot` requested."""
        return self._up("snapshot", key, at, {"image_content": b64(jpeg)})

    def answer(self, command: dict[str, Any], name: str, at: datetime) -> Message:
        """Encode the reply to a command, with the command's id."""
        body = self._envelope(name, str(command.get("id", "")), at) | {"code": 200, "payload": {}}
        topic = f"{self.serial}/device/message/down/{name}/reply"
        return Message(self.device, topic, encoded(body))

    def _up(self, name: str, key: str, at: datetime, payload: dict[str, Any]) -> Message:
        body = self._envelope(name, key, at) | {"payload": payload}
        return Message(self.device, f"{self.serial}/device/message/up/{name}", encoded(body))

    def _envelope(self, name: str, key: str, at: datetime) -> dict[str, Any]:
        stamp = int(at.timestamp())
        return {"id": key, "sn": self.serial, "name": name, "version": "1.0", "timestamp": stamp}


def _plate_result(read: Read, at: datetime) -> dict[str, Any]:
    seconds, micro = int(at.timestamp()), at.microsecond
    result: dict[str, Any] = {
        "license": b64(read.text or NO_PLATE),
        "confidence": read.confidence if read.text else 0,
        "colorType": read.colour_type,
        "triggerType": read.trigger,
        "direction": 0,
        "timeStamp": {"Timeval": {"sec": seconds, "usec": micro}},
    }
    if read.box is not None:
        sides = ("left", "top", "right", "bottom")
        result["location"] = {"RECT": dict(zip(sides, read.box, strict=True))}
    if read.jpeg:
        result |= {"imageFile": b64(read.jpeg), "imageFileLen": len(read.jpeg)}
    if read.fragment:
        result |= {
            "imageFragmentFile": b64(read.fragment),
            "imageFragmentFileLen": len(read.fragment),
        }
    return result


@dataclass(frozen=True, slots=True)
class Shelly:
    """Messages of a second-generation Shelly EM about its energy meter."""

    device: str
    topic: str

    def energy(self, at: datetime, watt_hours: float) -> Message:
        """Encode the energy counted so far."""
        source = self.topic.partition("/")[0]
        body = {
            "src": source,
            "dst": f"{source}/events",
            "method": "NotifyStatus",
            "params": {
                "ts": round(at.timestamp(), 2),
                "em1data:0": {"id": 0, "total_act_energy": round(watt_hours, 2)},
            },
        }
        return Message(self.device, self.topic, encoded(body))


@dataclass(frozen=True, slots=True)
class Ours:
    """Messages of our own protocol for the device with this code."""

    site: str
    device: str

    @property
    def listens(self) -> str:
        """The topics to subscribe to."""
        return f"gh/v1/{self.site}/{self.device}/down/+"

    def reading(self, key: str, at: datetime, read: Read) -> Message:
        """Encode a reading."""
        body: dict[str, Any] = {"type": "plate", "plate": read.text, "colour": read.colour}
        body["confidence"] = read.confidence / 100
        if read.box is not None:
            body["box"] = list(read.box)
        if read.more:
            body["images"] = [b64(frame) for frame in (read.jpeg, *read.more)]
        elif read.jpeg:
            body["image"] = b64(read.jpeg)
        return self._up("event", key, at, body)

    def moved(self, key: str, at: datetime, event: int, read: Read) -> Message:
        """Encode that a car passed the lane (`PASSED`) or turned back (`TURNED_BACK`)."""
        kind = "passed" if event == PASSED else "turned_back"
        return self._up(
            "event", key, at, {"type": kind} | ({"plate": read.text} if read.text else {})
        )

    def bay(self, key: str, at: datetime, *, occupied: bool) -> Message:
        """Encode that a bay became occupied or free."""
        return self._up("event", key, at, {"type": "bay", "occupied": occupied})

    def telemetry(self, key: str, at: datetime, values: dict[str, float]) -> Message:
        """Encode measurements."""
        return self._up("telemetry", key, at, {"m": values})

    def status(self, key: str, at: datetime, *, online: bool, **is_a: str) -> Message:
        """Encode the status of the device, with its `firmware` and `model`.

        Retained; `online=False` is also its last will.
        """
        data = self._up("status", key, at, {"online": online} | is_a)
        return Message(data.device, data.topic, data.payload, retain=True)

    def acknowledge(self, key: str, at: datetime, cmd_id: str, error: str | None) -> Message:
        """Encode the acknowledgement of a command, or its rejection with a reason."""
        body: dict[str, Any] = {"cmd_id": cmd_id, "ok": error is None}
        return self._up("ack", key, at, body | ({"error": error} if error else {}))

    def _up(self, name: str, key: str, at: datetime, body: dict[str, Any]) -> Message:
        envelope = {"v": 1, "id": key, "at": at.isoformat(timespec="milliseconds")}
        topic = f"gh/v1/{self.site}/{self.device}/up/{name}"
        return Message(self.device, topic, encoded(envelope | body))
