"""Commands to face terminals of the ``mqtt/face`` family."""

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from devices.drivers import faces
from devices.drivers.contract import DeviceCommand, OutgoingMessage
from devices.drivers.parsing import Fields

Body = tuple[str, dict[str, Any]]
MOST_LISTED = 100


def message_to(name: str, message_id: str, operator: str, info: dict[str, Any]) -> OutgoingMessage:
    """Return a message on ``mqtt/face/{ID}``, to which the terminal subscribes."""
    message = {"messageId": message_id, "operator": operator, "info": info}
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return OutgoingMessage(f"mqtt/face/{name}", payload.encode())


def _open(_command: DeviceCommand) -> Body:
    return "Unlock", {"openDoor": "1"}


def _restart(_command: DeviceCommand) -> Body:
    return "RebootDevice", {}


def _put_person(command: DeviceCommand) -> Body:
    person = faces.read_person(command)
    info: dict[str, Any] = {"customId": person.id, "name": person.name, "personType": 0}
    info |= _times(command, person)
    if person.card:
        info |= {"RFIDCard": person.card, "RFCardMode": 0}
    if person.photo:
        info["pic"] = f"data:image/jpeg;base64,{person.photo}"
    if person.photo_url:
        info["picURI"] = person.photo_url
    return "EditPerson", info


def _times(command: DeviceCommand, person: faces.Person) -> dict[str, Any]:
    """Return the person's validity in both spellings: a terminal reads one and would else pass."""
    if person.begins_at is None or person.ends_at is None:
        return {"tempCardType": 0, "tempValid": 0}
    begins, ends = (
        at.astimezone(ZoneInfo(command.timezone)).strftime("%Y-%m-%d %H:%M:%S")
        for at in (person.begins_at, person.ends_at)
    )
    terminals = {"tempCardType": 1, "cardValidBegin": begins, "cardValidEnd": ends}
    return terminals | {"tempValid": 1, "validBegin": begins, "validEnd": ends}


def _delete_person(command: DeviceCommand) -> Body:
    return "DelPerson", {"customId": faces.read_person_id(command)}


def _find_person(command: DeviceCommand) -> Body:
    info = {"SearchType": 0, "SearchID": faces.read_person_id(command), "Picture": 0}
    return "SearchPerson", info | {"customId": info["SearchID"]}


def _list_persons(command: DeviceCommand) -> Body:
    args = Fields(dict(command.args), "args")
    first = args.integer("first", 0, 10**6)
    most = args.integer("most", 1, MOST_LISTED)
    return "SearchPersonList", {"PersonType": 2, "BeginNO": first, "RequestCount": most}


def _count_persons(_command: DeviceCommand) -> Body:
    return "QueryPerson", {"PersonType": 2}


COMMANDS: dict[str, Callable[[DeviceCommand], Body]] = {
    "open": _open,
    "restart": _restart,
    "put_person": _put_person,
    "delete_person": _delete_person,
    "find_person": _find_person,
    "list_persons": _list_persons,
    "count_persons": _count_persons,
}
