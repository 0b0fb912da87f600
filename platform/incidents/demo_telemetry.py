"""What the sensors of the demo sites have measured in the past 30 days, so that rules can be tried.

The curves are calm, and have exceeded their rule's limit a few times.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from core import clock
from core.models import Site
from devices.telemetry.services import RawMessage, store_batch
from incidents.demo import Watched

_SPAN, _STEP = timedelta(days=30), timedelta(minutes=20)
# So many days ago, for so long.
_PEAKS = (3, 9, 17, 26)
_PEAK = timedelta(hours=2)
_DAY = timedelta(days=1)


def record_past(site: Site, rules: Sequence[Watched]) -> None:
    """Store what the sensors that the rules watch have measured."""
    now = clock.now()
    for each in rules:
        topic = f"gh/v1/{site.slug}/{each.device}/up/telemetry"
        messages = [
            RawMessage(topic, _payload(each.metric, at, _value(each, now - at)))
            for at in _instants(now)
        ]
        store_batch(messages, now)


def _instants(now: datetime) -> Iterator[datetime]:
    for number in range(_SPAN // _STEP, 0, -1):
        yield now - number * _STEP


def _payload(metric: str, at: datetime, value: float) -> bytes:
    said = {"v": 1, "id": f"past {at.isoformat()}", "at": at.isoformat(), "m": {metric: value}}
    return json.dumps(said).encode()


def _value(rule: Watched, ago: timedelta) -> float:
    """Return what was measured: over the day a wave below the second limit, and some peaks."""
    gap = rule.limit - rule.clear
    if any(timedelta() <= ago - days * _DAY < _PEAK for days in _PEAKS):
        return round(rule.limit + 0.3 * gap, 1)
    wave = math.sin(2 * math.pi * (ago / _DAY))
    value = rule.clear - 0.6 * gap + 0.3 * gap * wave
    return round(value if rule.metric == "temperature.c" else max(0.0, value), 1)
