"""What the face terminals' protocols share: loose fields, a person's arguments, shared topics."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.errors import Rejection
from devices.drivers.contract import Order, Source
from devices.drivers.parsing import Fields
from devices.rejections import rejected

# The option by which a terminal may speak on a topic that all terminals share.
SHARED_TOPIC = "shared_topic"
# The option by which the temperature that a terminal measured is kept: it is health data.
KEEP_TEMPERATURE = "keep_temperature"
# What a rejection calls the device.
TERMINAL = "a face terminal"
LONGEST_ID = 48
LONGEST_NAME = 32
LONGEST_CARD = 10
LONGEST_ADDRESS = 500
LONGEST_WORD = 200
SCHEMES = ("https://", "http://")
LARGEST_RECORD_PHOTO = 2 * 1024 * 1024
# In base64, with the rest of the message, under the megabyte that a terminal takes.
LARGEST_PHOTO = 600 * 1024
# A text of base64 that is too long for anything but a photo, and the end of which may be missing.
# Possessive, as it may have megabytes.
_PHOTO = re.compile(
    rb'"(?=[\w+/=\s:;,\\]{500})(?:data:image\\?/[a-z]{1,10};base64,)?'
    rb'(?:[A-Za-z0-9+/=\s]++|\\[/nr])++(?:"|\Z)'
)
# What of a person's arguments is not kept once the terminal has answered.
PERSON_SECRETS = frozenset({"name", "card", "photo", "photo_url"})


@dataclass(frozen=True)
class Person:
    """Whom a terminal shall let pass.

    Attributes:
        id: ours, by which the terminal names the person from then on.
        begins_at, ends_at: when the person may pass (aware UTC); both None is at any time.
        card: the number of a card for the terminal's own reader; empty for none.
        photo: base64 of a JPEG; empty where there is an address, or none is changed.
        photo_url: where the terminal may fetch the JPEG.
    """

    id: str
    name: str
    begins_at: datetime | None
    ends_at: datetime | None
    card: str
    photo: str
    photo_url: str


def read_person(order: Order) -> Person:
    """Return the person of a ``put_person`` command.

    Its arguments: ``person`` (id) and ``name``; optionally ``begins_at`` with ``ends_at``
    (RFC 3339), ``card`` (decimal digits), ``photo`` (base64 of a JPEG) or ``photo_url``.

    Raises:
        Rejection: naming the argument that is wrong.
    """
    args = Fields(dict(order.args), "args")
    begins_at, ends_at = _validity(args)
    if args.has("photo") and args.has("photo_url"):
        raise args.rejected("photo_url", "conflict", other="photo")
    if args.has("photo"):
        args.jpeg("photo", LARGEST_PHOTO)
    return Person(
        id=read_person_id(order),
        name=args.text("name", LONGEST_NAME),
        begins_at=begins_at,
        ends_at=ends_at,
        card=_card(args),
        photo="".join(args.values["photo"].split()) if args.has("photo") else "",
        photo_url=_address(args),
    )


def read_person_id(order: Order) -> str:
    """Return the person's id of a command.

    Raises:
        Rejection: it is missing or too long.
    """
    return Fields(dict(order.args), "args").text("person", LONGEST_ID)


def _validity(args: Fields) -> tuple[datetime | None, datetime | None]:
    if not args.has("begins_at") and not args.has("ends_at"):
        return None, None
    begins_at, ends_at = args.instant("begins_at"), args.instant("ends_at")
    if begins_at >= ends_at:
        raise args.rejected("ends_at", "end_before_start")
    return begins_at, ends_at


def _card(args: Fields) -> str:
    if not args.has("card"):
        return ""
    card = args.text("card", LONGEST_CARD)
    if not (card.isascii() and card.isdigit()):
        raise args.rejected("card", "not_digits")
    return card


def _address(args: Fields) -> str:
    if not args.has("photo_url"):
        return ""
    address = args.text("photo_url", LONGEST_ADDRESS)
    if not address.startswith(SCHEMES):
        raise args.rejected("photo_url", "url_unsupported", schemes=SCHEMES)
    return address


def word(fields: Fields, *names: str, longest: int = LONGEST_WORD) -> str:
    """Return the first of the fields that says something, as text; empty where none does.

    Firmware writes the same number as ``"389"`` here and ``389`` there, and a blank for nothing.

    Raises:
        Rejection: it is neither a text nor a number, or too long.
    """
    for name in names:
        value = fields.values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        return Fields({name: value}, fields.path).text(name, longest).strip()
    return ""


def number(text: str, low: float, high: float) -> float | None:
    """Return the number that the text writes, None where it is none between the two."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if low <= value <= high else None


def temperature(source: Source, fields: Fields, *names: str) -> dict[str, float]:
    """Return the person's temperature as a number to keep, where the terminal's option says so.

    What is none of a living person, such as the 0 of a terminal that measured nothing, is none.

    Raises:
        Rejection: it is to be kept, and is neither a text nor a number.
    """
    if not source.options.get(KEEP_TEMPERATURE):
        return {}
    celsius = number(word(fields, *names), 25, 45)
    return {} if celsius is None else {"body.temperature.c": celsius}


def photo(photos: Iterable[object]) -> bytes | None:
    """Return the first of them that is a JPEG; None where there is none.

    A record counts without its photo: one that can't be shown is left out, not refused. Some
    firmware writes ``data:image/jpeg;base64,`` before it, and some sends a bitmap under that name.
    """
    for photo in photos:
        if not isinstance(photo, str) or not photo:
            continue
        plain = photo.partition(";base64,")[2] or photo
        try:
            return Fields({"photo": plain}).jpeg("photo", LARGEST_RECORD_PHOTO)
        except Rejection:
            continue
    return None


def without_photos(payload: bytes) -> bytes:
    """Return the message with its photos empty, also where it is no JSON or was cut off."""
    return _PHOTO.sub(b'""', payload)


def check_shared(source: Source, own: str) -> None:
    """Refuse what came on a shared topic, where the terminal's own option does not allow it.

    Raises:
        Rejection: any terminal could have said it in this one's name.
    """
    if not source.options.get(SHARED_TOPIC):
        raise rejected("topic", "shared_topic", topic=own, option=SHARED_TOPIC)
