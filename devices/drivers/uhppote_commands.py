"""Commands to UHPPOTE controllers, as requests to uhppoted-mqtt."""

import calendar
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
#: The numbers of time profiles; 0 and 1 mean never and always.
PROFILES = (2, 254)
SEGMENTS = 3
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_PLACES = ("https://", "s3://", "file:///")

define(
    "controller_serial_invalid",
    _("is %(value)s"),
    _("enter the controller's serial number, such as 405419896"),
)
define("unknown_door", _("is not a door of the controller"), _("use 1 to %(high)s"))
define("not_a_time", _("is %(value)s"), _('write times as in ["08:00", "12:30"]'))
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


def _find_card(command: DeviceCommand) -> Request:
    card = _args(command).integer("card", 1, LARGEST_NUMBER)
    return "device/card:get", {"device-id": serial_number(command), "card-number": card}


def _list_cards(command: DeviceCommand) -> Request:
    return "device/cards:get", {"device-id": serial_number(command)}


def _put_profile(command: DeviceCommand) -> Request:
    """Write a time profile; of its days of the week, 0 is Monday."""
    args = _args(command)
    begins, ends = _date(args, "begins"), _date(args, "ends")
    if begins > ends:
        raise args.rejected("ends", "end_before_start")
    days = _integers(args, "days", 0, 6)
    profile: dict[str, Any] = {
        "id": args.integer("profile", *PROFILES),
        "start-date": begins,
        "end-date": ends,
        "weekdays": ",".join(calendar.day_name[day] for day in sorted(days)),
        "segments": _segments(args),
    }
    if args.has("linked"):
        profile["linked-profile"] = args.integer("linked", *PROFILES)
    return "device/time-profile:set", {"device-id": serial_number(command), "profile": profile}


def _find_profile(command: DeviceCommand) -> Request:
    number = _args(command).integer("profile", *PROFILES)
    return "device/time-profile:get", {"device-id": serial_number(command), "profile-id": number}


def _integers(args: Fields, field: str, low: int, high: int) -> set[int]:
    value = args.values.get(field)
    if not isinstance(value, list):
        raise rejected(f"args.{field}", "list_size", low=0, high=high - low + 1)
    named = Fields({str(n): each for n, each in enumerate(value)}, f"args.{field}")
    return {named.integer(n, low, high) for n in named.values}


def _segments(args: Fields) -> list[dict[str, str]]:
    value = args.values.get("times")
    if not isinstance(value, list) or len(value) > SEGMENTS:
        raise rejected("args.times", "list_size", low=0, high=SEGMENTS)
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(_is_time, pair))):
            raise rejected("args.times", "not_a_time", value=str(pair))
    return [{"start": start, "end": end} for start, end in value]


def _is_time(text: object) -> bool:
    return isinstance(text, str) and _TIME.fullmatch(text) is not None


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


def _doors(args: Fields) -> dict[str, bool | int]:
    """Return for each of the four doors whether the card opens it, or in which time profile."""
    value = args.values.get("doors")
    if not isinstance(value, list) or len(value) > DOORS:
        raise rejected("args.doors", "list_size", low=0, high=DOORS)
    named = Fields({str(n): door for n, door in enumerate(value)}, "args.doors")
    opened = {named.integer(n, 1, DOORS) for n in named.values}
    found: dict[str, bool | int] = {str(door): door in opened for door in range(1, DOORS + 1)}
    if args.has("profiles"):
        profiles = args.section("profiles")
        for door in profiles.values:
            if door not in found:
                raise profiles.rejected(door, "unknown_door", high=DOORS)
            found[door] = profiles.integer(door, *PROFILES)
    return found


REQUESTS: dict[str, Callable[[DeviceCommand], Request]] = {
    "open": _open,
    "put_card": _put_card,
    "delete_card": _delete_card,
    "find_card": _find_card,
    "list_cards": _list_cards,
    "put_profile": _put_profile,
    "find_profile": _find_profile,
    "set_time": _set_time,
    "acl": _acl,
}
