"""How often a visitor has come in, from what was seen of them at lanes and doors. Pure.

What was seen may arrive late, twice and in any order; the same crossings give the same account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LANE, GATE, ENTRANCE = "lane", "gate", "entrance"
IN, OUT = "in", "out"
#: What is at the edge of the site. An entrance may be its edge, or lie behind one.
_OUTER = frozenset({LANE, GATE})


@dataclass(frozen=True, slots=True, order=True)
class Crossing:
    """What was seen of a visitor at a lane or a door.

    Attributes:
        key: the same crossing has the same key, however often it is reported.
        way: `IN`, `OUT`, or empty where the reader does not know.
        kind: of what was crossed.
    """

    at: datetime
    key: str
    way: str
    kind: str


@dataclass(frozen=True, slots=True)
class Account:
    """What crossings amount to.

    Attributes:
        on_foot: how many entries no car has used; those of cars are counted at lanes.
        entered_at: since when the visitor is inside; None outside.
        left_at: when they last left.
        is_on_foot: they are inside, and no car has used the entry.
    """

    on_foot: int = 0
    entered_at: datetime | None = None
    left_at: datetime | None = None
    is_on_foot: bool = False


def account_of(crossings: Iterable[Crossing]) -> Account:
    """Return what crossings amount to, in whatever order and however often they are given."""
    on_foot, entered_at, left_at = 0, None, None
    kinds: set[str] = set()
    for each in sorted({crossing.key: crossing for crossing in crossings}.values()):
        if each.way == OUT:
            if kinds and _leaves(kinds, each.kind):
                on_foot += LANE not in kinds
                kinds, entered_at, left_at = set(), None, each.at
            continue
        if kinds and _comes_again(kinds, each):
            on_foot += LANE not in kinds
            kinds = set()
        if not kinds:
            entered_at = each.at
        if not kinds or each.way == IN:
            kinds = kinds | {each.kind}
    is_on_foot = bool(kinds) and LANE not in kinds
    return Account(on_foot + is_on_foot, entered_at, left_at, is_on_foot)


def begins_entry(crossings: Iterable[Crossing], crossing: Crossing) -> bool:
    """Whether another crossing is another entry on foot."""
    known = list(crossings)
    return account_of([*known, crossing]).on_foot > account_of(known).on_foot


def _leaves(kinds: set[str], kind: str) -> bool:
    """Whether going out there leaves the site: by an entrance, only if nothing lies before it."""
    return kind in _OUTER or not kinds & _OUTER


def _comes_again(kinds: set[str], crossing: Crossing) -> bool:
    """Whether somebody who is inside has left unseen: they come in by the edge a second time.

    By a lane and then by a gate is one visit, in either order; by an entrance, it always is.
    """
    is_outer = crossing.way == IN and crossing.kind in _OUTER
    return is_outer and crossing.kind in kinds
