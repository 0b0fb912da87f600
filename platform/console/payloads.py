"""Bytes that nobody could read, shown so that a person can."""

import json
import string
from contextlib import suppress

_SHOWN = 32 * 1024
_WIDTH = 16
_PLAIN = set(string.printable) - set("\x0b\x0c")


def readable(payload: bytes) -> str:
    """Return a payload as text: JSON laid out, other text as it is, anything else as a hex dump.

    At most 32 KiB of it are shown; the rest is counted.
    """
    text = _as_text(payload)
    if text is None:
        shown = hex_dump(payload[:_SHOWN])
        return _cut(shown, len(payload) - _SHOWN)
    # What is no JSON is shown as it came: that is often the very fault.
    with suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return _cut(text[:_SHOWN], len(text) - _SHOWN)


def hex_dump(payload: bytes) -> str:
    """Return bytes in lines of sixteen: offset, hex, and what of it is plain ASCII."""
    return "\n".join(
        _dump_line(offset, payload[offset : offset + _WIDTH])
        for offset in range(0, len(payload), _WIDTH)
    )


def _dump_line(offset: int, part: bytes) -> str:
    plain = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{offset:08x}  {part.hex(' '):<{_WIDTH * 3 - 1}}  {plain}"


def _as_text(payload: bytes) -> str | None:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    is_plain = all(sign in _PLAIN or (ord(sign) > 159 and sign.isprintable()) for sign in text)
    return text if is_plain else None


def _cut(shown: str, left_out: int) -> str:
    return shown if left_out <= 0 else f"{shown}\n… +{left_out}"
