"""The devices of doors, and the people who pass them, as the simulator's file describes them.

A door's device (`door`, `face_terminal`) has `timezone`, the `direction` in which people pass it
(`in`, `out` or `both`), and the `means` that its reader reads; a controller its `doors` and, where
another one's account is used, the serial number of that one as `gateway`. Its faults: `answer_s`
(how long a command takes), `most` (so many are on its list at most), `loses` (the share of answers
that get lost), `forgets` (it confirms and stores nothing), `offline` (seconds from the start,
between which it has no connection). `people` have `id`, `card`, `pin` and `code`.
"""

import re
from dataclasses import dataclass
from typing import Any

from .door_people import Passer
from .scenario_fields import ScenarioError, one_of, text_of

DOOR_KINDS = ("door", "face_terminal")


@dataclass(frozen=True, slots=True)
class DoorSetting:
    """How a door's device is set up, and its faults.

    Attributes:
        gateway: the serial number of the controller whose account the gateway uses; empty for its
            own.
        line: the code of that controller.
        answer_s: how long a command takes.
        most: so many are on its list at most.
        loses: the share of answers that get lost, 0 to 1.
        forgets: it confirms what it is told, and stores nothing.
        offline: the seconds from the start between which it has no connection.
    """

    timezone: str = "UTC"
    direction: str = "both"
    means: frozenset[str] = frozenset({"card"})
    doors: tuple[int, ...] = (1,)
    gateway: str = ""
    line: str = ""
    answer_s: float = 0.05
    most: int = 3000
    loses: float = 0.0
    forgets: bool = False
    offline: tuple[float, float] | None = None


def door_of(data: dict[str, Any], where: str) -> DoorSetting:
    """Return how the device of a door is set up.

    Raises:
        ScenarioError: names the first invalid field.
    """
    if "direction" in data:
        one_of(data, where, "direction", ("in", "out", "both"))
    offline = data.get("offline")
    if offline is not None and not (
        isinstance(offline, list) and len(offline) == 2 and all(map(_is_number, offline))
    ):
        raise ScenarioError(f"{where}.offline", "is not two numbers", "write [60, 120]")
    usual = DoorSetting()
    return DoorSetting(
        timezone=str(data.get("timezone", usual.timezone)),
        direction=str(data.get("direction", usual.direction)),
        means=frozenset(map(str, data.get("means", usual.means))),
        doors=tuple(map(int, data.get("doors", usual.doors))),
        gateway=str(data.get("gateway", "")),
        answer_s=_positive(data, where, "answer_s", usual.answer_s),
        most=int(_positive(data, where, "most", usual.most)),
        loses=_positive(data, where, "loses", usual.loses),
        forgets=data.get("forgets") is True,
        offline=(float(offline[0]), float(offline[1])) if offline else None,
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _positive(data: dict[str, Any], where: str, key: str, usual: float) -> float:
    value = data.get(key, usual)
    if not _is_number(value) or value < 0:
        raise ScenarioError(f"{where}.{key}", "is not a number of at least 0", "enter one")
    return float(value)


def passer_of(data: Any, index: int) -> Passer:
    """Return a person who passes doors.

    Raises:
        ScenarioError: names the first invalid field.
    """
    where = f"people[{index}]"
    if not isinstance(data, dict):
        raise ScenarioError(where, "is not an object", 'write {"id": "17", "card": "87-20101"}')
    card = str(data.get("card", ""))
    if not re.fullmatch(r"(?:\d{1,5}-)?\d{1,18}|", card, re.ASCII):
        raise ScenarioError(f"{where}.card", f"{card!r} is no card", 'write "87-20101"')
    pin, code = str(data.get("pin", "")), str(data.get("code", ""))
    return Passer(text_of(data, "id", f"{where}.id"), card, pin, code)
