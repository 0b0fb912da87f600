"""UHPPOTE door controllers, by way of uhppoted-mqtt, which speaks for one or for several.

Sources: the project's README and ``documentation/commands``, its event dictionary and its
health check (docs/devices/uhppote.md names them). The gateway's root topic is ``uhppoted/{serial}``
of the controller whose account it signs in with; any other controller names that one in its option
``gateway``, or nothing that is said of it counts.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from devices import events
from devices.drivers.contract import (
    Level,
    Manifest,
    Options,
    Order,
    Outgoing,
    Sender,
    SignsInWith,
    Source,
    check_known,
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
from devices.drivers.uhppote_orders import LARGEST_NUMBER, REQUESTS, number_of
from devices.events import Event
from devices.rejection_codes import mark as _
from devices.rejections import define, rejected

ROOT = "uhppoted"
LARGEST_MESSAGE = 64 * 1024
DOORS = 4
LONGEST_ERROR = 200
# The gateway writes its own timezone's name behind the controller's local time.
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)( [A-Za-z0-9+-]{1,6})?", re.ASCII)
_SERIAL = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
# How the gateway's health check begins what it says of one controller.
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
    """Return the options as they are kept.

    Raises:
        Rejection: one is unknown, or no number.
    """
    given = Fields(dict(options), "options")
    kept: dict[str, Any] = {}
    check_known(options, ("gateway", "open_card"))
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
        f"{ROOT}/{{name}}/replies/+",
        f"{ROOT}/{{name}}/system",
    ),
    listens=(f"{ROOT}/{{name}}/requests/#",),
    can=frozenset({"credential", "door", "state", "answer", "note"}),
    actions=frozenset(REQUESTS),
    signs_in_with=SignsInWith.SERIAL,
    largest=LARGEST_MESSAGE,
    level=Level.SILVER,
    check_options=check_options,
    interval_s=180,  # its gateway says each minute that it is there
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return of which controller the gateway speaks, and which gateway it is.

    Raises:
        Rejection: the message does not say of which.
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
    """Return what the message says.

    Raises:
        Rejection: it is malformed, or comes by a gateway that does not speak for this controller.
    """
    if sender.via != source.options.get("gateway", source.name):
        raise rejected("topic", "gateway_mismatch", gateway=sender.via, device=source.name)
    said = json_object(payload, LARGEST_MESSAGE)
    return _READERS[sender.channel](source, said, source.envelope(received_at))


def write(order: Order) -> Outgoing:
    """Return the command as a request to the gateway, with the command's id as its number.

    Actions and their arguments: ``open`` ``{"door"}``, which needs the option ``open_card``;
    ``put_card`` ``{"card", "begins", "ends", "doors": [1]}``; ``delete_card`` ``{"card"}``;
    ``set_time``; ``acl`` ``{"url"}``, for all controllers of the gateway at once.

    Raises:
        Rejection: the controller can't do that, an argument is wrong, or its serial number is.
    """
    order.check_action(MANIFEST.actions, "a door controller")
    serial = number_of(order)
    gateway = order.options.get("gateway", order.serial)
    what, body = REQUESTS[order.action](order)
    request = {
        "request-id": order.cmd_id,
        "client-id": "gatehouse",
        "reply-to": f"{ROOT}/{gateway}/replies/{serial}",
    }
    payload = json.dumps({"message": {"request": request | body}}, separators=(",", ":"))
    return Outgoing(f"{ROOT}/{gateway}/requests/{what}", payload.encode())


# -- what the controller says ----------------------------------------------------------------


def _inside(said: Fields, name: str) -> Fields:
    message = said.section("message")
    if isinstance(message.values.get(name), str):
        raise message.rejected(name, "encrypted")
    return message.section(name)


def _event(said: Fields) -> Fields:
    return _inside(said, "event")


def _alert(said: Fields) -> str:
    system = _inside(said, "system")
    return system.section("alert").text("message", 400, empty=True) if system.has("alert") else ""


def _happened(source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    event = _event(said)
    at, local = _time(event, source, envelope["received_at"])
    index = event.integer("event-id", 0, LARGEST_NUMBER)
    kind, reason = _code(event, "event-type"), _code(event, "event-reason")
    # The number begins again when a controller is reset; the local time tells the two apart, and is
    # the same in a second copy, whatever the clocks do.
    envelope = envelope | {"key": f"{index} {local}", "at": at}
    if kind == CARD_SWIPE:
        return _credential("card", event, reason, envelope)
    if reason in CREDENTIALS:
        return _credential(CREDENTIALS[reason], event, reason, envelope)
    if reason in CHANGES:
        return events.DoorMoved(door=_door(event), change=CHANGES[reason], **envelope)
    type_ = EVENT_TYPES.get(kind, f"event {kind}")
    return events.Noted(what=f"{type_}: {_reason(reason)}", **envelope)


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
    """Return when it happened, and the controller's local time as it wrote it."""
    text = event.text("timestamp", 40)
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        raise event.rejected("timestamp", "controller_time_invalid", value=text)
    local = Fields({"timestamp": matched[1]}, event.path)
    at = local.local_instant("timestamp", source.timezone, received_at)
    return check_instant(at, received_at, event.name("timestamp")), matched[1]


def _code(event: Fields, field: str) -> int:
    """Return the number, which newer gateways put beside a description."""
    if isinstance(event.values.get(field), dict):
        return event.section(field).integer("code", 0, 255)
    return event.integer(field, 0, 255)


def _door(event: Fields) -> int:
    return event.integer("door-id", 1, DOORS)


def _reason(code: int) -> str:
    return REASONS.get(code, f"reason {code}")


def _system(source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    """Return what the gateway's health check found: of one controller, or of all of them."""
    at: datetime = envelope["received_at"]
    system = _inside(said, "system")
    if not system.has("alert"):
        return _alive(system, envelope | {"at": at})
    text = _alert(said)
    found = _ALERT.fullmatch(text)
    what = found[2] if found else text
    envelope = envelope | {"key": f"{at.timestamp():.0f} {what[:60]}", "at": at}
    if found and what.startswith(_LOST):
        return events.StateReported(online=False, **envelope)
    if found and what.startswith(_FOUND):
        return events.StateReported(online=True, **envelope)
    return events.Noted(what=f"gateway: {what[:100]}", heard=False, **envelope)


def _alive(system: Fields, envelope: dict[str, Any]) -> Event:
    """Return that all is well with the controllers, or that something is not with one of them."""
    alive = system.section("alive")
    subsystem, text = alive.text("subsystem", 40), alive.text("message", 100, empty=True)
    at: datetime = envelope["at"]
    if text == HEALTHY:
        return events.StateReported(online=True, key=f"{at.timestamp():.0f} alive", **envelope)
    # It is said again each minute: once an hour is enough to remember.
    what = f"{subsystem}: {text}"
    return events.Noted(what=what, key=f"{at:%Y-%m-%dT%H} {what[:80]}", heard=False, **envelope)


def _reply(source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    message = said.section("message")
    reply = _inside(said, "reply" if message.has("reply") else "error")
    cmd_id = reply.text("request-id", 40)
    problem = _problem(reply) if reply.has("error") else _failure(reply, source)
    return events.CommandAnswered(
        key=f"reply {cmd_id}",
        at=envelope["received_at"],
        cmd_id=cmd_id,
        ok=not problem,
        error=problem,
        **envelope,
    )


def _problem(reply: Fields) -> str:
    """Return the gateway's own words; newer ones put the error inside an error."""
    error = reply.section("error")
    if error.has("error"):
        error = error.section("error")
    code = error.integer("error-code", -1_000_000, 1_000_000) if error.has("error-code") else 0
    text = error.text("message", 400, empty=True) if error.has("message") else ""
    return f"{code} {text}".strip()[:LONGEST_ERROR]


def _failure(reply: Fields, source: Source) -> str:
    """Return what went wrong although the gateway took the request; empty when nothing did."""
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
    """Return how many cards failed on which controller, after a list was loaded."""
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
    "events": _happened,
    "replies": _reply,
    "system": _system,
}
