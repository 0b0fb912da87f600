"""Strict parsing of messages: every helper rejects a wrong field by its name."""

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from core import text_input
from core.errors import Rejection
from devices.drivers.contract import Options, check_option_names
from devices.rejections import rejected

JPEG_SIGNATURE = b"\xff\xd8\xff"
# Tolerated clock drift: a later time would start a stay in the future.
FUTURE_TOLERANCE = timedelta(minutes=5)
# A camera that lost its clock reports 1970; a batch buffered in an outage is never that old.
OLDEST = timedelta(days=31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of the JSON of one message; a list of 1,000 readings has 10,000 at most.
MAX_VALUES = 20_000
LATEST_SECOND = 4_102_444_800  # the year 2100: a later time is in another unit
_UNITS = {1: "s", 1000: "ms", 1_000_000: "µs"}
_SHORT_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
# PostgreSQL stores neither NUL nor half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# No plus, exponent or blanks, and few enough digits for Python to convert quickly.
_DIGITS = re.compile(r"-?\d{1,20}(\.\d{1,9})?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


def json_object(payload: bytes, largest: int) -> "Fields":
    """Parse a message that is one JSON object.

    Raises:
        Rejection: it has more than ``largest`` bytes, or is not UTF-8 or not a JSON object.
    """
    message = json_value(payload, largest)
    if not isinstance(message, dict):
        raise rejected("payload", "not_a_json_object")
    return Fields(message)


def json_value(payload: bytes, largest: int) -> Any:
    """Parse a message that is any JSON value.

    Raises:
        Rejection: it has more than ``largest`` bytes or `MAX_VALUES` values, or is not UTF-8 or not
            JSON.
    """
    text = _utf8(payload, largest)
    _check_value_count(text)
    try:
        return text_input.parse_json(text, parse_constant=_no_constant)
    except RecursionError:
        raise rejected("payload", "nested_too_deeply") from None
    except ValueError as error:
        raise rejected("payload", "not_json", error=error) from None


def _check_value_count(text: str) -> None:
    """Check that the text is parsed quickly: a few megabytes may hold a million values.

    Commas in texts are counted as well. Photos are base64, which has none.
    """
    if sum(map(text.count, ",{[")) > MAX_VALUES:
        raise rejected("payload", "too_many_values", most=MAX_VALUES)


def binary_fields(payload: bytes, layout: struct.Struct, names: Sequence[str]) -> "Fields":
    """Parse a binary message of a fixed layout, whose parts get the given names.

    Raises:
        Rejection: it is not as long as the layout.
    """
    if len(payload) != layout.size:
        raise rejected("payload", "payload_size", size=len(payload), expected=layout.size)
    return Fields(dict(zip(names, layout.unpack(payload), strict=True)))


def text_fields(payload: bytes, separator: str, names: Sequence[str], largest: int) -> "Fields":
    """Parse a line of text into fields with the given names, in order.

    Numbers are written in decimal digits and read with `Fields.number`, `Fields.integer` or
    `Fields.unix`. One end of line may follow.

    Raises:
        Rejection: it has more than ``largest`` bytes or several lines, is not UTF-8, or has other
            fields than the names.
    """
    line = _utf8(payload, largest)
    line = line.removesuffix("\n").removesuffix("\r")
    if "\n" in line or "\r" in line:
        raise rejected("payload", "several_lines")
    parts = line.split(separator)
    if len(parts) != len(names):
        raise rejected(
            "payload",
            "field_count",
            count=len(parts),
            expected=len(names),
            layout=separator.join(names),
        )
    return Fields(dict(zip(names, parts, strict=True)), decimal_text=True)


def _utf8(payload: bytes, largest: int) -> str:
    if len(payload) > largest:
        raise rejected("payload", "payload_too_large", size=len(payload), largest=largest)
    try:
        return text_input.decode(payload)
    except UnicodeDecodeError as error:
        raise rejected("payload", "not_utf8", position=error.start) from None


def short_id(cmd_id: str) -> str:
    """Return a command id in 22 characters (base64url), for makers with no room for its 32."""
    return base64.urlsafe_b64encode(bytes.fromhex(cmd_id)).decode().rstrip("=")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


@dataclass(frozen=True)
class Fields:
    """The fields of a JSON object, of a binary message or of a line.

    Attributes:
        values: the fields' values by name.
        path: the object's place in the message.
        decimal_text: whether numbers are decimal text, as in a line.
    """

    values: dict[str, Any]
    path: str = ""
    decimal_text: bool = False

    def name(self, field: str) -> str:
        """Return the field's whole name, such as ``payload.event_type``."""
        return f"{self.path}.{field}" if self.path else field

    def rejected(self, field: str, code: str, **params: object) -> Rejection:
        """Return the rejection of a field by its whole name (`devices.rejections.rejected`)."""
        return rejected(self.name(field), code, **params)

    def has(self, field: str) -> bool:
        """Whether the field is present and not null."""
        return self.values.get(field) is not None

    def section(self, *fields: str) -> "Fields":
        """Return the object nested under these field names."""
        nested = self
        for field in fields:
            value = nested._required(field)
            if not isinstance(value, dict):
                raise nested.rejected(field, "not_an_object")
            nested = Fields(value, nested.name(field))
        return nested

    def first(self, field: str) -> "Fields | None":
        """Return the first object of a list; None when there is no list or it is empty."""
        value = self.values.get(field)
        if not isinstance(value, list) or not value or not isinstance(value[0], dict):
            return None
        return Fields(value[0], f"{self.name(field)}[0]")

    def text(self, field: str, longest: int, *, empty: bool = False) -> str:
        """Return the text; it may be empty only with ``empty``."""
        value = self._required(field)
        if not isinstance(value, str):
            raise self.rejected(field, "not_text")
        return self._checked_text(field, value, longest, empty=empty)

    def _checked_text(self, field: str, value: str, longest: int, *, empty: bool) -> str:
        if not value and not empty:
            raise self.rejected(field, "empty")
        if len(value) > longest:
            raise self.rejected(field, "too_long", length=len(value), longest=longest)
        if _UNSTORABLE.search(value):
            raise self.rejected(field, "not_unicode")
        return value

    def choice(self, field: str, choices: Sequence[str]) -> str:
        """Return the text, checked to be one of the choices."""
        value = self.text(field, 60, empty=True)
        if value not in choices:
            raise self.rejected(field, "not_a_choice", value=value, choices=choices)
        return value

    def boolean(self, field: str) -> bool:
        """Return the boolean."""
        value = self._required(field)
        if not isinstance(value, bool):
            raise self.rejected(field, "not_a_boolean")
        return value

    def number(self, field: str, low: float, high: float) -> float:
        """Return the number, checked to lie between the two."""
        value = self._required(field)
        if self.decimal_text and isinstance(value, str) and _DIGITS.fullmatch(value):
            value = float(value) if "." in value else int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.rejected(field, "not_digits" if self.decimal_text else "not_a_number")
        if not low <= value <= high:
            raise self.rejected(field, "out_of_range", value=value, low=low, high=high)
        return value

    def integer(self, field: str, low: int, high: int) -> int:
        """Return the whole number, checked to lie between the two."""
        value = self.number(field, low, high)
        if value != int(value):
            raise self.rejected(field, "not_an_integer", value=value)
        return int(value)

    def instant(self, field: str) -> datetime:
        """Parse an instant in RFC 3339 with an offset; returns aware UTC."""
        value = self.text(field, 40)
        matched = _INSTANT.fullmatch(value)
        if matched is None:
            raise self.rejected(field, "not_rfc3339", value=value)
        if matched[2] is None:
            raise self.rejected(field, "no_utc_offset")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.rejected(field, "no_such_time", value=value) from None

    def unix(self, field: str, per_second: int = 1) -> datetime:
        """Parse an instant counted since 1970; returns aware UTC.

        Args:
            field: a whole number.
            per_second: units per second: 1000 for milliseconds.
        """
        count = self.integer(field, 0, 2**63)
        if count > LATEST_SECOND * per_second:
            unit = _UNITS.get(per_second, f"1/{per_second} s")
            raise self.rejected(field, "not_unix_time", value=count, unit=unit)
        return _EPOCH + timedelta(microseconds=count * 1_000_000 // per_second)

    def long_id(self, field: str) -> str:
        """Return the command id from its short form (`short_id`)."""
        value = self.text(field, 60)
        if _SHORT_ID.fullmatch(value):
            found = base64.urlsafe_b64decode(value + "==").hex()
            if short_id(found) == value:
                return found
        raise self.rejected(field, "not_a_command_id", value=value)

    def local_instant(self, field: str, timezone: str, received_at: datetime) -> datetime:
        """Parse a local time such as ``2026-05-04 16:30:15``; returns aware UTC.

        When clocks go back, an hour occurs twice: the later instant is returned unless it is still
        in the future, which is right for messages that arrive within the hour. A time that clocks
        skip when they go forward is read as if they had not.
        """
        value = self.text(field, 40)
        matched = _INSTANT.fullmatch(value)
        if matched is None or matched[2] is not None:
            raise self.rejected(field, "not_local_time", value=value)
        try:
            local = datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(timezone))
            first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        except (ValueError, OverflowError):
            raise self.rejected(field, "no_such_time", value=value) from None
        return second if first < second <= received_at + FUTURE_TOLERANCE else first

    def base64_text(self, field: str, longest: int) -> str:
        """Decode base64 of UTF-8 text, which may be empty."""
        try:
            value = self._decoded(field).decode()
        except UnicodeDecodeError:
            raise self.rejected(field, "not_base64_text") from None
        return self._checked_text(field, value, longest, empty=True)

    def binary(self, field: str, longest: int) -> bytes:
        """Decode base64 of 1 to ``longest`` bytes."""
        value = self._decoded(field)
        if not 0 < len(value) <= longest:
            raise self.rejected(field, "byte_count", size=len(value), largest=longest)
        return value

    def jpeg(self, field: str, largest: int) -> bytes:
        """Decode base64 of a JPEG of at most ``largest`` bytes."""
        photo = self._decoded(field)
        if not photo.startswith(JPEG_SIGNATURE):
            raise self.rejected(field, "not_jpeg")
        if len(photo) > largest:
            raise self.rejected(field, "photo_too_large", size=len(photo), largest=largest)
        return photo

    def _decoded(self, field: str) -> bytes:
        value = self._required(field)
        try:
            # Some cameras break a long base64 text into lines, which `validate` would reject.
            return base64.b64decode("".join(value.split()), validate=True)
        except (AttributeError, ValueError, binascii.Error):
            raise self.rejected(field, "not_base64") from None

    def _required(self, field: str) -> Any:
        value = self.values.get(field)
        if value is None:
            raise self.rejected(field, "missing")
        return value


def check_instant(at: datetime, received_at: datetime, field: str) -> datetime:
    """Check that a device's time is neither in the future nor long past, and return it.

    Raises:
        Rejection: the device's clock is ahead by more than five minutes, or 31 days behind.
    """
    check_not_ahead(at, received_at, field)
    if at < received_at - OLDEST:
        raise rejected(field, "too_old", at=at, days=OLDEST.days)
    return at


def check_not_ahead(at: datetime, received_at: datetime, field: str) -> datetime:
    """Check that a device's time is not in the future, and return it.

    Raises:
        Rejection: the device's clock is ahead by more than five minutes.
    """
    if at > received_at + FUTURE_TOLERANCE:
        ahead = int((at - received_at).total_seconds())
        raise rejected(field, "in_the_future", seconds=ahead)
    return at


def boolean_options(options: Options, known: AbstractSet[str]) -> dict[str, Any]:
    """Check options that are all booleans; those not given are false.

    Raises:
        Rejection: an option is unknown, or neither true nor false.
    """
    check_option_names(options, known)
    given = Fields(dict(options), "options")
    return {name: given.boolean(name) if given.has(name) else False for name in sorted(known)}
