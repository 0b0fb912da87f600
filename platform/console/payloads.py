"""Rejected payloads as text: indented JSON, plain text, or a hex dump."""

import json
import string
from contextlib import suppress
from dataclasses import dataclass

from core import text_input

_SHOWN = 32 * 1024
_WIDTH = 16
_PLAIN = set(string.printable) - set("\x0b\x0c")


@dataclass(frozen=True)
class Readable:
    """A payload as text.

    Attributes:
        text: indented JSON, other text unchanged, anything else as a hex dump.
        shown_whole: whether the text covers every stored byte.
        kept_whole: whether every byte of the message was stored.
        is_redacted: whether personal data was left out.
    """

    text: str
    shown_whole: bool
    kept_whole: bool = True
    is_redacted: bool = False


def readable(payload: bytes, size: int | None = None) -> Readable:
    """Return a payload as text: at most 32 Ki characters of it, or 32 KiB as a hex dump.

    Args:
        size: the size of the message; larger than the payload if only its start was stored.
    """
    kept_whole = size is None or size == len(payload)
    text = _as_text(payload)
    if text is None:
        return Readable(hex_dump(payload[:_SHOWN]), len(payload) <= _SHOWN, kept_whole)
    # Invalid JSON is shown unchanged: it is often the cause of the rejection.
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return Readable(text[:_SHOWN], len(text) <= _SHOWN, kept_whole)


def hex_dump(payload: bytes) -> str:
    """Return lines of 16 bytes: offset, hex, printable ASCII."""
    return "\n".join(
        _dump_line(offset, payload[offset : offset + _WIDTH])
        for offset in range(0, len(payload), _WIDTH)
    )


def _dump_line(offset: int, part: bytes) -> str:
    plain = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{offset:08x}  {part.hex(' '):<{_WIDTH * 3 - 1}}  {plain}"


def _as_text(payload: bytes) -> str | None:
    try:
        text = text_input.decode(payload)
    except UnicodeDecodeError:
        return None
    if not text and payload:  # a byte order mark with nothing behind it
        return None
    is_plain = all(sign in _PLAIN or (ord(sign) > 159 and sign.isprintable()) for sign in text)
    return text if is_plain else None
