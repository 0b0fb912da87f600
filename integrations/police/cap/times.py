"""Times as CAP writes them: seconds and an offset; UTC is ``-00:00``, and ``Z`` is invalid."""

import re
from datetime import UTC, datetime

_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)


def cap_time(at: datetime) -> str:
    """Return an aware time in UTC, as CAP 1.2 writes it (its section 3.3.2)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "-00:00"


def parse_time(text: str) -> datetime:
    """Parse a time of CAP.

    Raises:
        ValueError: it has fractions, ends in ``Z``, or is no time.
    """
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of CAP")
    return datetime.fromisoformat(text)
