"""What a face terminal of the ``mqtt/face`` family is told, operator by operator."""

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from devices.drivers import faces
from devices.drivers.contract import Order, Outgoing

Body = tuple[str, dict[str, Any]]


def told(name: str, message_id: str, operator: str, info: dict[str, Any]) -> Outgoing:
    """Return the message on ``mqtt/face/{ID}``, where the terminal listens."""
    message = {"messageId": message_id, "operator": operator, "info": info}
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return Outgoing(f"mqtt/face/{name}", payload.encode())


def _open(_order: Order) -> Body:
    return "Unlock", {"openDoor": "1"}


def _restart(_order: Order) -> Body:
    return "RebootDevice", {}


def _put_person(order: Order) -> Body:
    person = faces.read_person(order)
    info: dict[str, Any] = {"customId": person.id, "name": person.name, "personType": 0}
    info |= _times(order, person)
    if person.card:
        info |= {"RFIDCard": person.card, "RFCardMode": 0}
    if person.photo:
        info["pic"] = f"data:image/jpeg;base64,{person.photo}"
    if person.photo_url:
        info["picURI"] = person.photo_url
    return "EditPerson", info


def _times(order: Order, person: faces.Person) -> dict[str, Any]:
    """Return when the person may pass, in both spellings: one left unread would mean for ever."""
    if person.begins_at is None or person.ends_at is None:
        return {"tempCardType": 0, "tempValid": 0}
    begins, ends = (
        at.astimezone(ZoneInfo(order.timezone)).strftime("%Y-%m-%d %H:%M:%S")
        for at in (person.begins_at, person.ends_at)
    )
    terminals = {"tempCardType": 1, "cardValidBegin": begins, "cardValidEnd": ends}
    return terminals | {"tempValid": 1, "validBegin": begins, "validEnd": ends}


def _delete_person(order: Order) -> Body:
    return "DelPerson", {"customId": faces.read_person_id(order)}


ORDERS: dict[str, Callable[[Order], Body]] = {
    "open": _open,
    "restart": _restart,
    "put_person": _put_person,
    "delete_person": _delete_person,
}
