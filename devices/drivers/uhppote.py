"""UHPPOTE door controllers behind the gateway uhppoted-mqtt, which serves one or several.

Sources: the project's README and ``documentation/commands``, its event dictionary and its
health check (docs/devices/uhppote.md names them). The gateway's root topic is ``uhppoted/{serial}``
of the controller whose account it signs in with; every other controller names that one in its
option ``gateway``, without which messages about it are rejected.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from devices import events
from devices.drivers.contract import (
    DeviceCommand,
    DoorAbilities,
    Level,
    ListOf,
    Manifest,
    Options,
    OutgoingMessage,
    Sender,
    SignsInWith,
    Source,
    check_option_names,
)
from devices.drivers.parsing import Fields, check_instant, json_object
from devices.drivers.uhppote_codes import (
    CARD_SWIPE,
    CHANGES,
    CREDENTIALS,
    DIRECTIONS,
    EVENT_TYPES,
    REASONS,
)
from devices.drivers.uhppote_commands import (
    LARGEST_NUMBER,
    PROFILES,
    REQUESTS,
    SEGMENTS,
    serial_number,
)
from devices.events import Event
from devices.rejection_codes import mark as _
from devices.rejections import define, rejected

ROOT = "uhppoted"
LARGEST_MESSAGE = 64 * 1024
DOORS = 4
LONGEST_ERROR = 200
# The gateway appends its own timezone's name to the controller's local time.
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)( [A-Za-z0-9+-]{1,6})?", re.ASCII)
_SERIAL = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
# How the gateway's health check begins a message about one controller.
_ALERT = re.compile(r"UTC0311-L0x +([0-9]{1,10}) +(\S.*)", re.ASCII | re.DOTALL)
_LOST = ("device not found", "no response")
_FOUND = ("device present", "connected")
HEALTHY = "OK"

define(
    "gateway_mismatch",
    _("gateway %(gateway)s is not the gateway of %(device)s"),
    _("set the controller's option gateway, or the gateway's root topic"),
)
define(
    "gateway_serial_invalid",
    _("is %(value)s"),
    _("enter the serial number of the controller whose account the gateway uses"),
)
define(
    "encrypted",
    _("is encrypted"),
    _("set mqtt.security.outgoing.encrypt = false in uhppoted.conf"),
)
define(
    "controller_time_invalid",
    _("is %(value)s"),
    _("set the controller's clock; its time looks like 2026-05-04 16:30:15 CST"),
)
define("other_controller", _("is %(value)s"), _("answer only for %(device)s"))


def check_options(options: Options) -> dict[str, Any]:
    """Check the options.

    Raises:
        Rejection: an option is unknown, or not a number.
    """
    given = Fields(dict(options), "options")
    kept: dict[str, Any] = {}
    check_option_names(options, ("gateway", "open_card"))
    if given.has("gateway"):
        kept["gateway"] = given.text("gateway", 10)
        if not _SERIAL.fullmatch(kept["gateway"]):
            raise given.rejected("gateway", "gateway_serial_invalid", value=kept["gateway"])
    if given.has("open_card"):
        kept["open_card"] = given.integer("open_card", 1, LARGEST_NUMBER)
    return kept


MANIFEST = Manifest(
    name="uhppote",
    title="UHPPOTE doors (uhppoted-mqtt)",
    maker="UHPPOTE",
    topics=(
        f"{ROOT}/+/events",
        f"{ROOT}/+/events/live",
        f"{ROOT}/+/replies/+",
        f"{ROOT}/+/system",
    ),
    publishes=(
        f"{ROOT}/{{name}}/events",
        f"{ROOT}/{{name}}/events/live",
        f"{ROOT}/{{name}}/replies/{{name}}",
        f"{ROOT}/{{name}}/system",
    ),
    relays=(f"{ROOT}/{{name}}/replies/{{device}}",),
    subscribes=(f"{ROOT}/{{name}}/requests/#",),
    event_types=frozenset({"credential", "door", "state", "answer", "note"}),
    actions=frozenset(REQUESTS),
    signs_in_with=SignsInWith.SERIAL,
    max_bytes=LARGEST_MESSAGE,
    level=Level.SILVER,
    check_options=check_options,
    interval_s=180,  # its gateway reports each minute
    doors=DoorAbilities(
        most=DOORS,
        decides=True,
        means=frozenset({"card"}),
        names_door=True,
        facility_factor=100_000,
        list_of=ListOf.CARDS,
        lists=True,
        time_profiles=PROFILES[1] - PROFILES[0] + 1,
        profile_segments=SEGMENTS,
        in_flight=2,
    ),
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return the controller that the message is about, and its gateway.

    Raises:
        Rejection: the message does not name the controller.
    """
    parts = topic.split("/")
    if len(parts) < 3 or parts[0] != ROOT or not parts[1]:
        return None
    gateway, channel = parts[1], parts[2:]
    if channel in (["events"], ["events", "live"]):
        serial = _event(json_object(payload, LARGEST_MESSAGE)).integer(
            "device-id", 1, LARGEST_NUMBER
        )
        return Sender(name=str(serial), channel="events", via=gateway)
    if len(channel) == 2 and channel[0] == "replies" and channel[1]:
        return Sender(name=channel[1], channel="replies", via=gateway)
    if channel == ["system"]:
        found = _ALERT.fullmatch(_alert(json_object(payload, LARGEST_MESSAGE)))
        return Sender(name=found[1] if found else gateway, channel="system", via=gateway)
    return None


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message into an event.

    Raises:
        Rejection: it is malformed, or its gateway is not the controller's.
    """
    if sender.via != source.options.get("gateway", source.name):
        raise rejected("topic", "gateway_mismatch", gateway=sender.via, device=source.name)
    document = json_object(payload, LARGEST_MESSAGE)
    return _READERS[sender.channel](source, document, source.envelope(received_at))


def write(command: DeviceCommand) -> OutgoingMessage:
    """Write a command as a request to the gateway, with the command's id as request id.

    Actions and their arguments: ``open`` ``{"door"}``, which needs the option ``open_card``;
    ``put_card`` ``{"card", "begins", "ends", "doors": [1]}``, with ``profiles`` ``{"1": 29}`` for
    doors that it opens in a time profile; ``delete_card`` and ``find_card`` ``{"card"}``;
    ``list_cards``; ``put_profile`` ``{"profile", "begins", "ends", "days", "times", "linked"}``;
    ``find_profile`` ``{"profile"}``; ``set_time``; ``acl`` ``{"url"}``, for all controllers of the
    gateway at once.

    Raises:
        Rejection: the action is not supported, or an argument or its serial number is wrong.
    """
    command.check_action(MANIFEST.actions)
    serial = serial_number(command)
    gateway = command.options.get("gateway", command.serial)
    what, body = REQUESTS[command.action](command)
    request = {
        "request-id": command.cmd_id,
        "client-id": "gatehouse",
        "reply-to": f"{ROOT}/{gateway}/replies/{serial}",
    }
    payload = json.dumps({"message": {"request": request | body}}, separators=(",", ":"))
    return OutgoingMessage(f"{ROOT}/{gateway}/requests/{what}", payload.encode())


# -- messages from the gateway ----------------------------------------------------------------


def _content(document: Fields, name: str) -> Fields:
    message = document.section("message")
    if isinstance(message.values.get(name), str):
        raise message.rejected(name, "encrypted")
    return message.section(name)


def _event(document: Fields) -> Fields:
    return _content(document, "event")


def _alert(document: Fields) -> str:
    system = _content(document, "system")
    return system.section("alert").text("message", 400, empty=True) if system.has("alert") else ""


def _controller_event(source: Source, document: Fields, envelope: dict[str, Any]) -> Event:
    event = _event(document)
    at, local = _time(event, source, envelope["received_at"])
    index = event.integer("event-id", 0, LARGEST_NUMBER)
    kind, reason = _code(event, "event-type"), _code(event, "event-reason")
    # Event numbers restart when a controller is reset; the local time makes the key unique, and is
    # the same in a duplicate even if the timezone's offset changes.
    envelope = envelope | {"key": f"{index} {local}", "at": at}
    if kind == CARD_SWIPE:
        return _credential("card", event, reason, envelope)
    if reason in CREDENTIALS:
        return _credential(CREDENTIALS[reason], event, reason, envelope)
    if reason in CHANGES:
        return events.DoorMoved(door=_door(event), change=CHANGES[reason], **envelope)
    type_ = EVENT_TYPES.get(kind, f"event {kind}")
    return events.MessageLogged(what=f"{type_}: {_reason(reason)}", **envelope)


def _credential(means: str, event: Fields, reason: int, envelope: dict[str, Any]) -> Event:
    card = event.integer("card-number", 0, LARGEST_NUMBER) if event.has("card-number") else 0
    granted = event.boolean("access-granted")
    return events.CredentialSeen(
        means=means,
        credential=str(card) if card and means in ("card", "remote") else "",
        granted=granted,
        door=_door(event),
        direction=DIRECTIONS.get(_code(event, "direction"), ""),
        reason="" if granted else _reason(reason),
        **envelope,
    )


def _time(event: Fields, source: Source, received_at: datetime) -> tuple[datetime, str]:
    """Return the time of the event, and the controller's local time as text."""
    text = event.text("timestamp", 40)
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        raise event.rejected("timestamp", "controller_time_invalid", value=text)
    local = Fields({"timestamp": matched[1]}, event.path)
    at = local.local_instant("timestamp", source.timezone, received_at)
    return check_instant(at, received_at, event.name("timestamp")), matched[1]


def _code(event: Fields, field: str) -> int:
    """Return a code, which newer gateways nest beside its description."""
    if isinstance(event.values.get(field), dict):
        return event.section(field).integer("code", 0, 255)
    return event.integer(field, 0, 255)


def _door(event: Fields) -> int:
    return event.integer("door-id", 1, DOORS)


def _reason(code: int) -> str:
    return REASONS.get(code, f"reason {code}")


def _system(source: Source, document: Fields, envelope: dict[str, Any]) -> Event:
    """Parse a report of the gateway's health check, on one controller or on all."""
    at: datetime = envelope["received_at"]
    system = _content(document, "system")
    if not system.has("alert"):
        return _alive(system, envelope | {"at": at})
    text = _alert(document)
    found = _ALERT.fullmatch(text)
    what = found[2] if found else text
    envelope = envelope | {"key": f"{at.timestamp():.0f} {what[:60]}", "at": at}
    if found and what.startswith(_LOST):
        return events.StateReported(online=False, **envelope)
    if found and what.startswith(_FOUND):
        return events.StateReported(online=True, **envelope)
    return events.MessageLogged(what=f"gateway: {what[:100]}", from_device=False, **envelope)


def _alive(system: Fields, envelope: dict[str, Any]) -> Event:
    """Parse a summary of the controllers' health."""
    alive = system.section("alive")
    subsystem, text = alive.text("subsystem", 40), alive.text("message", 100, empty=True)
    at: datetime = envelope["at"]
    if text == HEALTHY:
        return events.StateReported(online=True, key=f"{at.timestamp():.0f} alive", **envelope)
    # The gateway repeats it each minute; the key lets one an hour be stored.
    what = f"{subsystem}: {text}"
    return events.MessageLogged(
        what=what, key=f"{at:%Y-%m-%dT%H} {what[:80]}", from_device=False, **envelope
    )


def _reply(source: Source, document: Fields, envelope: dict[str, Any]) -> Event:
    message = document.section("message")
    reply = _content(document, "reply" if message.has("reply") else "error")
    cmd_id = reply.text("request-id", 40)
    error = _gateway_error(reply) if reply.has("error") else _failure(reply, source)
    return events.CommandAnswered(
        key=f"reply {cmd_id}",
        at=envelope["received_at"],
        cmd_id=cmd_id,
        ok=not error,
        error=error,
        problem=_problem(error),
        listed=None if error else _listed(reply.section("response")),
        **envelope,
    )


def _problem(error: str) -> str:
    """Return the problem that an error means, by its text: the gateway's codes are of HTTP."""
    words = error.lower()
    if "full" in words:
        return "full"
    return "absent" if words.startswith("404") or "not found" in words else ""


def _listed(response: Fields) -> dict[str, dict[str, Any]] | None:
    """Return the cards or the time profile that a response lists."""
    if isinstance(cards := response.values.get("cards"), list):
        return {str(card): {} for card in cards if type(card) is int}
    for name, key in (("card", "card-number"), ("time-profile", "id")):
        if isinstance(one := response.values.get(name), dict) and type(one.get(key)) is int:
            return {str(one[key]): dict(one)}
    return None


def _gateway_error(reply: Fields) -> str:
    """Return the gateway's error message; newer gateways nest it in another error."""
    error = reply.section("error")
    if error.has("error"):
        error = error.section("error")
    code = error.integer("error-code", -1_000_000, 1_000_000) if error.has("error-code") else 0
    text = error.text("message", 400, empty=True) if error.has("message") else ""
    return f"{code} {text}".strip()[:LONGEST_ERROR]


def _failure(reply: Fields, source: Source) -> str:
    """Return the error of a request that the gateway accepted; empty if it succeeded."""
    response = reply.section("response")
    if response.has("device-id"):
        serial = str(response.integer("device-id", 1, LARGEST_NUMBER))
        if serial != source.name:
            raise response.rejected(
                "device-id", "other_controller", value=serial, device=source.name
            )
    for field in ("opened", "deleted"):
        if response.has(field) and not response.boolean(field):
            return f"not {field}"
    return _report(response.section("report")) if response.has("report") else ""


def _report(report: Fields) -> str:
    """Return the number of failed cards of each controller after a card list was loaded."""
    wrong = []
    for serial in list(report.values)[:100]:
        one = report.section(serial)
        failed = sum(
            one.integer(field, 0, LARGEST_NUMBER) if one.has(field) else 0
            for field in ("errors", "failed")
        )
        if failed:
            wrong.append(f"{serial}: {failed} failed")
    return ", ".join(wrong)[:LONGEST_ERROR]


_READERS: dict[str, Callable[[Source, Fields, dict[str, Any]], Event]] = {
    "events": _controller_event,
    "replies": _reply,
    "system": _system,
}
