"""What stands in an address, which anybody may have typed."""

import re

_DIGITS = re.compile(r"[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """Return the number that the digits write; None for anything else, or for one of 19 digits."""
    return int(text) if _DIGITS.fullmatch(text) else None
