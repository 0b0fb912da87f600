"""Values in query strings, which may hold anything."""

import re

_DIGITS = re.compile(r"[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """Return the number, or None unless the text is 1 to 18 ASCII digits."""
    return int(text) if _DIGITS.fullmatch(text) else None
