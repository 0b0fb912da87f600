"""Code that the face terminals' drivers share: fields, persons, photos, shared topics."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.errors import Rejection
from devices.drivers.contract import DeviceCommand, Source
from devices.drivers.parsing import Fields
from devices.rejections import rejected

# The option that lets a terminal publish on a topic that all terminals share.
SHARED_TOPIC = "shared_topic"
# The option to store body temperatures, which are health data.
KEEP_TEMPERATURE = "keep_temperature"
# What a rejection calls the device.
LONGEST_ID = 48
LONGEST_NAME = 32
LONGEST_CARD = 10
LONGEST_ADDRESS = 500
LONGEST_TEXT = 200
SCHEMES = ("https://", "http://")
LARGEST_RECORD_PHOTO = 2 * 1024 * 1024
# In base64, with the rest of the message, under the megabyte that a terminal takes.
LARGEST_PHOTO = 600 * 1024
# A base64 text long enough to be a photo, possibly cut off. The quantifiers are possessive, because
# the text may have megabytes.
_PHOTO = re.compile(
    rb'"(?=[\w+/=\s:;,\\]{500})(?:data:image\\?/[a-z]{1,10};base64,)?'
    rb'(?:[A-Za-z0-9+/=\s]++|\\[/nr])++(?:"|\Z)'
)
# The arguments of a person that are deleted once the terminal has answered.
PERSON_SECRETS = frozenset({"name", "card", "photo", "photo_url"})


@dataclass(frozen=True)
class Person:
    """A person in a terminal's access list.

    Attributes:
        id: our id of the person, which the terminal reports from then on.
        begins_at, ends_at: when the person may pass (aware UTC); both None for always.
        card: the number of a card for the terminal's own reader; empty for none.
        photo: base64 of a JPEG; empty where there is a URL, or the photo stays as it is.
        photo_url: where the terminal downloads the JPEG.
    """

    id: str
    name: str
    begins_at: datetime | None
    ends_at: datetime | None
    card: str
    photo: str
    photo_url: str


def read_person(command: DeviceCommand) -> Person:
    """Parse the person of a ``put_person`` command.

    Its arguments: ``person`` (id) and ``name``; optionally ``begins_at`` with ``ends_at``
    (RFC 3339), ``card`` (decimal digits), ``photo`` (base64 of a JPEG) or ``photo_url``.

    Raises:
        Rejection: an argument is wrong.
    """
    args = Fields(dict(command.args), "args")
    begins_at, ends_at = _validity(args)
    if args.has("photo") and args.has("photo_url"):
        raise args.rejected("photo_url", "conflict", other="photo")
    if args.has("photo"):
        args.jpeg("photo", LARGEST_PHOTO)
    return Person(
        id=read_person_id(command),
        name=args.text("name", LONGEST_NAME),
        begins_at=begins_at,
        ends_at=ends_at,
        card=_card(args),
        photo="".join(args.values["photo"].split()) if args.has("photo") else "",
        photo_url=_address(args),
    )


def read_person_id(command: DeviceCommand) -> str:
    """Return the person's id in a command.

    Raises:
        Rejection: it is missing or too long.
    """
    return Fields(dict(command.args), "args").text("person", LONGEST_ID)


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


def first_text(fields: Fields, *names: str, longest: int = LONGEST_TEXT) -> str:
    """Return the first of the fields that is not blank, as text; empty where all are.

    Firmware writes the same number as ``"389"`` or as ``389``, and a blank for a missing value.

    Raises:
        Rejection: a field is neither a text nor a number, or too long.
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
    """Parse a number; None where the text is none, or one that is out of range."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if low <= value <= high else None


def temperature(source: Source, fields: Fields, *names: str) -> dict[str, float]:
    """Return the person's temperature as a metric, where the terminal's option allows storing it.

    A value that no living person has is left out, such as the 0 of a terminal without a sensor.

    Raises:
        Rejection: it is to be stored, and is neither a text nor a number.
    """
    if not source.options.get(KEEP_TEMPERATURE):
        return {}
    celsius = number(first_text(fields, *names), 25, 45)
    return {} if celsius is None else {"body.temperature.c": celsius}


def photo(photos: Iterable[object]) -> bytes | None:
    """Return the first photo that is a JPEG; None where there is none.

    A record is valid without its photo, so a photo in another format is left out. Some firmware
    writes ``data:image/jpeg;base64,`` in front, and some sends a bitmap under that name.
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
    """Return the message with its photos emptied, even where it is not JSON or was cut off."""
    return _PHOTO.sub(b'""', payload)


def check_shared_topic(source: Source, own: str) -> None:
    """Check that a terminal's own option allows its message on a shared topic.

    Raises:
        Rejection: it does not; any terminal could have sent the message in this one's name.
    """
    if not source.options.get(SHARED_TOPIC):
        raise rejected("topic", "shared_topic", topic=own, option=SHARED_TOPIC)
