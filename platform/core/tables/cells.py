"""Cells of a table: texts that know whether the sheet held a number, a date or nothing readable.

A cell of a CSV file is a plain ``str``.
"""

import re

# Full-width forms of ASCII, which Chinese input methods write, and the ideographic space.
_HALF_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
_INVISIBLE = " \t\r\n\v\f\u00a0\u3000\u200b\u200e\u200f\ufeff"
# `ui.exports` writes an apostrophe before cells that a spreadsheet would evaluate.
_ESCAPED = re.compile(r"'[=+\-@\t\r\n]")


class NumberCell(str):
    """A number of a workbook, with up to 15 significant digits."""

    __slots__ = ()


class DateCell(str):
    """A date or an instant of a workbook: ``2026-11-30`` or ``2026-11-30 08:15:00``."""

    __slots__ = ()


class Unreadable(str):
    """A cell whose content the file does not hold; the text is what the sheet shows."""

    __slots__ = ()


class FormulaCell(Unreadable):
    """A formula that was saved without its result."""

    __slots__ = ()


class ErrorCell(Unreadable):
    """A formula that failed: ``#N/A``, ``#REF!``."""

    __slots__ = ()


class LongNumber(Unreadable):
    """A number of more digits than a workbook stores."""

    __slots__ = ()


def half_width(text: str) -> str:
    """Replace full-width letters, digits and signs by their ASCII forms."""
    return text.translate(_HALF_WIDTH)


def strip(text: str) -> str:
    """Remove white space and invisible characters around a text."""
    return text.strip(_INVISIBLE)


def from_csv(text: str) -> str:
    """Return the content of a CSV file's cell, without the apostrophe of an export."""
    return strip(text[1:] if _ESCAPED.match(text) else text)
