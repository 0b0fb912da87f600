"""Decode text that people and devices send: byte order marks, UTF-16, the Chinese code page."""

import codecs
import json
from typing import Any

BOM = "\ufeff"
# UTF-32's mark begins with UTF-16's, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(data: bytes) -> tuple[str, int]:
    """Return the encoding that the byte order mark names and the mark's length; else UTF-8 and 0.

    UTF-16 without a mark, which some programs write, is known by the zeros beside an ASCII
    character at its beginning.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    if len(data) >= 4 and data[1] == data[3] == 0 and data[0] and data[2]:
        return "utf-16-le", 0
    if len(data) >= 4 and data[0] == data[2] == 0 and data[1] and data[3]:
        return "utf-16-be", 0
    return "utf-8", 0


def decode(data: bytes) -> str:
    """Decode a text by its byte order mark, which is removed; without one it is UTF-8.

    Raises:
        UnicodeDecodeError: it is not in that encoding.
    """
    encoding, mark = encoding_of(data)
    return data[mark:].decode(encoding)


def decode_spreadsheet(data: bytes) -> str:
    """Decode a text file that a spreadsheet saved, also in the Chinese code page.

    Raises:
        UnicodeDecodeError: it is no text.
    """
    try:
        return decode(data)
    except UnicodeDecodeError:
        return data.decode("gb18030")


def parse_json(text: str, **hooks: Any) -> Any:
    """Parse JSON that may begin with a byte order mark.

    Args:
        hooks: as those of `json.loads`, such as ``parse_constant``.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text.removeprefix(BOM), **hooks)
