"""Messages of our own protocol and of Vzenith cameras, valid unless stated."""

import base64
import json
from datetime import datetime
from itertools import count
from pathlib import Path

from core import clock

RECORDED = Path(__file__).parent / "recorded"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 64 + b"\xff\xd9"
_ids = count(1)


def b64(value: str | bytes) -> str:
    """Base64, of UTF-8 where it is a text."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def own(at: datetime | None = None, **fields: object) -> bytes:
    """A message of our own protocol; a field given as None is left out."""
    at = at or clock.now()
    said = {"v": 1, "id": f"m-{next(_ids)}", "at": at.isoformat(), **fields}
    return json.dumps({k: v for k, v in said.items() if v is not None}).encode()


def plate(plate: str = "沪A12345", confidence: float = 0.98, **fields: object) -> bytes:
    """A plate event of our own protocol."""
    return own(**{"type": "plate", "plate": plate, "confidence": confidence, **fields})


def up(device, channel: str = "event") -> str:
    """The topic that a device of our own protocol publishes to."""
    return f"gh/v1/{device.site.slug}/{device.code}/up/{channel}"


def camera_topic(device, name: str = "ivs_result") -> str:
    """The topic that a Vzenith camera publishes to."""
    return f"{device.serial}/device/message/up/{name}"


def plate_result(license_: str = "沪A12345", at: datetime | None = None, **fields: object) -> dict:
    """A Vzenith camera's message of one plate; fields given as None are left out."""
    at = at or clock.now()
    result = {
        "license": b64(license_),
        "confidence": 98,
        "colorType": 1,
        "triggerType": 1,
        "direction": 0,
        "location": {"RECT": {"left": 410, "top": 620, "right": 560, "bottom": 668}},
        "timeStamp": {"Timeval": {"sec": int(at.timestamp()), "usec": at.microsecond}},
        **fields,
    }
    return {k: v for k, v in result.items() if v is not None}


def ivs_result(serial: str, license_: str = "沪A12345", **fields: object) -> bytes:
    """A Vzenith camera's message about a plate."""
    alarm = {
        "channel": 0,
        "deviceName": b64("入口"),
        "ipaddr": "192.168.1.100",
        "serialno": serial,
        "result": {"PlateResult": plate_result(license_, **fields)},
    }
    return vzenith(serial, "ivs_result", {"AlarmInfoPlate": alarm})


def lane_result(serial: str, event_type: int, license_: str = "沪A12345") -> bytes:
    """A Vzenith camera's message about a movement in the lane."""
    first = {"plate_result": {"license": b64(license_), "color_type": b64("蓝")}}
    return vzenith(serial, "lanectrl_result", {"event_type": event_type, "result": [first]})


def vzenith(serial: str, name: str, payload: dict | None = None, **fields: object) -> bytes:
    """A Vzenith camera's message; a field given as None is left out."""
    said = {
        "id": f"vz{next(_ids):014d}",
        "sn": serial,
        "name": name,
        "version": "1.0",
        "timestamp": int(clock.now().timestamp()),
        "payload": payload or {},
        **fields,
    }
    return json.dumps({k: v for k, v in said.items() if v is not None}, ensure_ascii=False).encode()


def alarm_plate(serial: str, license_: str = "沪A12345", **fields: object) -> bytes:
    """A plate from a Vzenith camera of older firmware: the licence in plain text."""
    result = plate_result(license_, **{"license": license_, **fields})
    alarm = {"channel": 0, "deviceName": "入口", "serialno": serial}
    said = {"AlarmInfoPlate": alarm | {"result": {"PlateResult": result}}}
    return json.dumps(said, ensure_ascii=False).encode()
