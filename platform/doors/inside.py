"""Who is inside and where, from when each was last seen at doors and lanes. Pure.

A person is where they were seen to come in and not seen to leave since; whoever leaves the site
has left all of its areas. Only the latest times count, so that messages may arrive in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

IN, OUT = "in", "out"
#: The area of lanes, and of doors that lead to no zone and no building.
WHOLE_SITE = ""
#: Why it is not sure that somebody is still inside.
OLD, BUTTON, WAY, CAR = "old", "button", "way", "car"


@dataclass(frozen=True, slots=True)
class Seen:
    """When somebody was last seen in one way at an area.

    Attributes:
        holder: who, as ``person-12``, ``visit-3`` or ``plate-B12345``.
        area: the zone or building behind the door; `WHOLE_SITE` at a lane.
        way: `IN`, `OUT`, or empty where the reader does not know.
        by_car: at a lane; somebody else may have driven.
    """

    holder: str
    area: str
    way: str
    at: datetime
    by_car: bool = False


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody is.

    Attributes:
        at: when they were last seen at all.
        doubt: why it is not sure; empty: it is.
    """

    area: str
    at: datetime
    doubt: str = ""


def whereabouts(
    seen: Iterable[Seen], buttons: Mapping[str, datetime], sure_since: datetime
) -> dict[str, Whereabouts]:
    """Return where everybody is who is inside, by holder.

    Args:
        buttons: when a door of an area was last opened from the inside, by whomever.
        sure_since: who was last seen before then may have left unseen.
    """
    by_holder: dict[str, list[Seen]] = {}
    for each in seen:
        by_holder.setdefault(each.holder, []).append(each)
    found = {who: _place(rows, buttons, sure_since) for who, rows in by_holder.items()}
    return {who: place for who, place in found.items() if place is not None}


def _place(
    rows: list[Seen], buttons: Mapping[str, datetime], sure_since: datetime
) -> Whereabouts | None:
    left = _latest(each for each in rows if each.way == OUT and each.area == WHOLE_SITE)
    on_foot = _latest(
        each for each in rows if each.way == OUT and each.area == WHOLE_SITE and not each.by_car
    )
    inside = [each for each in rows if each.way != OUT and _is_inside(each, rows, on_foot, left)]
    if not inside:
        return None
    # Of areas entered at the same time, the inner one: the site's own name is the shortest.
    last = max(inside, key=lambda each: (each.at, each.area, each.way))
    at = max(each.at for each in rows)
    return Whereabouts(last.area, at, _doubt(last, at, buttons.get(last.area), left, sure_since))


def _is_inside(
    entry: Seen, rows: list[Seen], on_foot: datetime | None, left: datetime | None
) -> bool:
    """Whether nobody has seen them leave since: what happened at one time counts as inside."""
    out = _latest(each for each in rows if each.way == OUT and each.area == entry.area)
    # Somebody else may have driven the car of a person who went through a door.
    gone = left if entry.area == WHOLE_SITE else on_foot
    return not any(each is not None and each > entry.at for each in (out, gone))


def _doubt(
    entry: Seen,
    at: datetime,
    button: datetime | None,
    left: datetime | None,
    sure_since: datetime,
) -> str:
    if at < sure_since:
        return OLD
    if left is not None and left > entry.at:
        return CAR
    if button is not None and button > entry.at:
        return BUTTON
    return "" if entry.way == IN else WAY


def _latest(rows: Iterable[Seen]) -> datetime | None:
    return max((each.at for each in rows), default=None)
