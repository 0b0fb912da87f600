"""The clock of a peer of GA/T 1400: how far it is from ours.

Times of hits and dispositions are written on the peer's and on our clock. Where the two differ by
minutes, a disposition begins or ends at the wrong time, and nobody sees why.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from integrations.police.viid.client import Client

TIME = "/VIID/System/Time"
#: From this difference on, the feed's page warns.
MOST = timedelta(minutes=3)
_OK = 200
# The peer writes whole seconds; on average, it is half a second later than it says.
_HALF = timedelta(seconds=0.5)


def read_difference(client: Client, zone: str) -> timedelta | None:
    """Ask a peer for its time; return how far its clock is ahead of ours, None if it won't say.

    Half of the time that the answer took is taken off.

    Args:
        zone: of the site, in which the peer writes its time.

    Raises:
        GuardError: the address is not allowed, or there is no answer.
    """
    asked_at = clock.now()
    answer = client.call("GET", TIME)
    middle = asked_at + (clock.now() - asked_at) / 2
    text = _local_time(answer.body) if answer.status == _OK else ""
    told = _parsed(text, zone, middle)
    if told is None:
        return None
    return timedelta(seconds=round((told + _HALF - middle).total_seconds()))


def _local_time(body: bytes) -> str:
    """Return ``LocalTime`` of an answer, in a ``SystemTimeObject`` or not; empty if missing."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, Mapping):
        value = value.get("SystemTimeObject", value)
    found = value.get("LocalTime") if isinstance(value, Mapping) else None
    return str(found) if isinstance(found, str | int) else ""


def _parsed(text: str, zone: str, now: datetime) -> datetime | None:
    """Return an instant on the site's clock; of an hour that occurs twice, the nearer one."""
    try:
        at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    if not 1970 <= at.year <= 9000:
        return None
    return min((at, at.replace(fold=1)), key=lambda each: abs(each - now))
