"""Commands to UHPPOTE controllers, as requests to uhppoted-mqtt."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from devices.drivers.contract import DeviceCommand
from devices.drivers.parsing import Fields
from devices.rejection_codes import mark as _
from devices.rejections import define, rejected

LARGEST_NUMBER = 2**32 - 1
DOORS = 4
LONGEST_URL = 500
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PLACES = ("https://", "s3://", "file:///")

define(
    "controller_serial_invalid",
    _("is %(value)s"),
    _("enter the controller's serial number, such as 405419896"),
)
define(
    "open_card_required",
    _("is required"),
    _("enter a card that the gateway may open doors with"),
)
define(
    "whole_gateway",
    _("changes every controller of the gateway"),
    _("send it to %(gateway)s, whose account the gateway uses"),
)

# The request's topic below ``requests/``, and its own fields.
Request = tuple[str, dict[str, Any]]


def serial_number(command: DeviceCommand) -> int:
    """Return the controller's serial number.

    Raises:
        Rejection: the registered one is not a number.
    """
    serial = command.serial or ""
    if not serial.isascii() or not serial.isdigit() or not 0 < int(serial) <= LARGEST_NUMBER:
        raise rejected("serial", "controller_serial_invalid", value=serial)
    return int(serial)


def _open(command: DeviceCommand) -> Request:
    args = _args(command)
    if command.options.get("open_card") is None:
        raise rejected("options.open_card", "open_card_required")
    return "device/door/lock:open", {
        "device-id": serial_number(command),
        "door": args.integer("door", 1, DOORS),
        "card-number": command.options["open_card"],
    }


def _put_card(command: DeviceCommand) -> Request:
    args = _args(command)
    begins, ends = _date(args, "begins"), _date(args, "ends")
    if begins > ends:
        raise args.rejected("ends", "end_before_start")
    card = {
        "card-number": args.integer("card", 1, LARGEST_NUMBER),
        "start-date": begins,
        "end-date": ends,
        "doors": _doors(args),
    }
    return "device/card:put", {"device-id": serial_number(command), "card": card}


def _delete_card(command: DeviceCommand) -> Request:
    card = _args(command).integer("card", 1, LARGEST_NUMBER)
    return "device/card:delete", {"device-id": serial_number(command), "card-number": card}


def _set_time(command: DeviceCommand) -> Request:
    now = command.issued_at.astimezone(ZoneInfo(command.timezone))
    text = now.strftime("%Y-%m-%d %H:%M:%S")
    return "device/time:set", {"device-id": serial_number(command), "date-time": text}


def _acl(command: DeviceCommand) -> Request:
    """Write ``acl:download``: the gateway loads the card list from a URL, for all controllers."""
    if command.options.get("gateway", command.serial) != command.serial:
        raise rejected("action", "whole_gateway", gateway=command.options["gateway"])
    url = _args(command).text("url", LONGEST_URL)
    if not url.startswith(_PLACES):
        raise rejected("args.url", "url_unsupported", schemes=_PLACES)
    return "acl/acl:download", {"url": url}


def _args(command: DeviceCommand) -> Fields:
    return Fields(dict(command.args), "args")


def _date(args: Fields, field: str) -> str:
    text = args.text(field, 10)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise args.rejected(field, "not_a_date", value=text) from None


def _doors(args: Fields) -> dict[str, bool]:
    """Return for each of the four doors whether the card opens it."""
    value = args.values.get("doors")
    if not isinstance(value, list) or len(value) > DOORS:
        raise rejected("args.doors", "list_size", low=0, high=DOORS)
    named = Fields({str(n): door for n, door in enumerate(value)}, "args.doors")
    opened = {named.integer(n, 1, DOORS) for n in named.values}
    return {str(door): door in opened for door in range(1, DOORS + 1)}


REQUESTS: dict[str, Callable[[DeviceCommand], Request]] = {
    "open": _open,
    "put_card": _put_card,
    "delete_card": _delete_card,
    "set_time": _set_time,
    "acl": _acl,
}
