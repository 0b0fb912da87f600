"""Code that both Vzenith drivers share: the plate result, the allow list, the lane sign.

Sources: devices.md, and the maker's documents named in docs/devices/.
"""

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Rejection
from devices import events
from devices.drivers.contract import DeviceCommand
from devices.drivers.parsing import Fields, check_instant
from devices.events import Event
from devices.rejection_codes import mark as _
from devices.rejections import define

# A photo of a 4-megapixel camera has 200 to 900 KB, a third more in base64.
LARGEST_MESSAGE = 2 * 1024 * 1024
LONGEST_PLATE = 32
# Records that a camera sends at once after it was offline for a night.
LONGEST_OUTAGE = 5000
LONGEST_SERIAL_DATA = 1024
LARGEST_PIXEL = 100_000
NO_PLATE = frozenset({"_无_", "无牌车"})
COLOURS = {1: "blue", 2: "yellow", 3: "white", 4: "black", 5: "green", 6: "yellow-green"}
TRIGGERS = {1: "auto", 2: "input", 4: "software", 8: "virtual loop"}
# A plate result with one of these triggers is no new car.
TRIGGERED_MOVEMENTS = {64: "lingering", 66: "turned_back"}
LINGERING_OVER = 65
OPEN_RELAY, CLOSE_RELAY, PULSE, PULSE_MS = 0, 1, 2, 500
PULSES = {
    "open": {"delay": PULSE_MS, "io": OPEN_RELAY, "value": PULSE},
    "close": {"delay": PULSE_MS, "io": CLOSE_RELAY, "value": PULSE},
}

define("plate_or_photo", _("is required"), _("send it, or a photo to read the plate from"))


# -- messages from the camera --------------------------------------------------------------------


def read_plate(result: Fields, raw: str | None, at: datetime, envelope: dict[str, Any]) -> Event:
    """Parse a ``PlateResult`` into an event.

    Args:
        result: the fields of the ``PlateResult``.
        raw: the plate as the camera read it; None where the message has none.
        at: the camera's own time.
        envelope: ``device_id``, ``site_id`` and ``received_at``.

    Raises:
        Rejection: there is neither a plate nor a photo, or the time or a field is wrong.
    """
    check_instant(at, envelope["received_at"], "timestamp")
    text = raw or ""
    plate = "" if text in NO_PLATE else text
    trigger = result.integer("triggerType", 0, 1000) if result.has("triggerType") else 0
    # The device's time and the raw read (parking.md): the maker's ids restart with the camera.
    envelope = envelope | {"key": f"{at.timestamp():.6f} {trigger} {text}", "at": at}
    envelope["buffered"] = result.has("isoffline") and result.integer("isoffline", 0, 1) == 1
    if trigger in TRIGGERED_MOVEMENTS:
        return events.CarMoved(movement=TRIGGERED_MOVEMENTS[trigger], plate=plate, **envelope)
    if trigger == LINGERING_OVER:
        return events.MessageLogged(what="lingering over", **envelope)
    image, box = _photo(result)
    if raw is None and image is None:
        raise result.rejected("license", "plate_or_photo")
    return events.PlateSeen(
        raw_text=plate,
        confidence=result.number("confidence", 0, 100) / 100 if plate else 0.0,
        colour=_colour(result),
        image=image,
        box=box,
        trigger=TRIGGERS.get(trigger, str(trigger) if trigger else ""),
        **envelope,
    )


def plate_time(result: Fields) -> datetime:
    """Parse the camera's time of the photo from ``timeStamp.Timeval``; returns aware UTC.

    Raises:
        Rejection: it is missing or wrong.
    """
    at = result.section("timeStamp", "Timeval")
    microseconds = at.integer("usec", 0, 999_999) if at.has("usec") else 0
    return at.unix("sec").replace(microsecond=microseconds)


def _colour(result: Fields) -> str:
    """Return the plate's colour; empty for a missing or undocumented number."""
    number = result.values.get("colorType")
    return COLOURS.get(number, "") if isinstance(number, int) else ""


def _photo(result: Fields) -> tuple[bytes | None, tuple[int, int, int, int] | None]:
    """Return the photo and the plate's box in it, else the small photo of the plate alone."""
    for field in ("imageFile", "full_image_content"):
        if result.values.get(field):
            return result.jpeg(field, LARGEST_MESSAGE), _box(result)
    for field in ("imageFragmentFile", "small_image_content"):
        if result.values.get(field):
            return result.jpeg(field, LARGEST_MESSAGE), None
    return None, None


def _box(result: Fields) -> tuple[int, int, int, int] | None:
    """Return the plate's box; None where it is invalid or all zeros, as for a cut-off plate."""
    try:
        box = result.section("location", "RECT")
        left, top, right, bottom = (
            box.integer(side, 0, LARGEST_PIXEL) for side in ("left", "top", "right", "bottom")
        )
    except Rejection:
        return None
    return (left, top, right, bottom) if left < right and top < bottom else None


# -- commands to the camera -----------------------------------------------------------------


def bounded_list(args: Fields, field: str, most: int) -> list[Any]:
    """Return a list of 1 to ``most`` entries.

    Raises:
        Rejection: it is not a list, or of another length.
    """
    value = args.values.get(field)
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise args.rejected(field, "list_size", low=1, high=most)
    return value


def allow_list_entries(command: DeviceCommand, most: int) -> Iterable[dict[str, Any]]:
    """Return the entries of ``args.put`` as both protocols write them, in the site's local time.

    Raises:
        Rejection: an argument is missing or wrong.
    """
    for n, one in enumerate(bounded_list(Fields(dict(command.args), "args"), "put", most)):
        entry = Fields(one if isinstance(one, dict) else {}, f"args.put[{n}]")
        yield {
            "plate": entry.text("plate", LONGEST_PLATE),
            "enable": 1,
            "need_alarm": 0,
            "enable_time": local_text(command, entry.instant("begins_at")),
            "overdue_time": local_text(command, entry.instant("ends_at")),
        }


def plates_to_delete(command: DeviceCommand, most: int) -> list[str]:
    """Return the plates of ``args.delete``.

    Raises:
        Rejection: it is not a list of plates.
    """
    plates = bounded_list(Fields(dict(command.args), "args"), "delete", most)
    named = Fields({str(n): plate for n, plate in enumerate(plates)}, "args.delete")
    return [named.text(n, LONGEST_PLATE) for n in named.values]


def local_text(command: DeviceCommand, at: datetime) -> str:
    """Format an instant in the site's local time, as ``2026-05-04 16:30:15``."""
    return at.astimezone(ZoneInfo(command.timezone)).strftime("%Y-%m-%d %H:%M:%S")


def sign_data(command: DeviceCommand) -> list[dict[str, Any]]:
    """Return the bytes for the lane sign, as both protocols write them.

    Raises:
        Rejection: ``args.channel`` or ``args.data`` is wrong.
    """
    args = Fields(dict(command.args), "args")
    channel = args.integer("channel", 0, 1) if args.has("channel") else 0
    data = args.binary("data", LONGEST_SERIAL_DATA)
    encoded = base64.b64encode(data).decode()
    return [{"serialChannel": channel, "data": encoded, "dataLen": len(data)}]
