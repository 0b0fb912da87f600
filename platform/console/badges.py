"""The counts beside the navigation: what waits for a person."""

from collections.abc import Callable
from dataclasses import dataclass

from access.models import Passage
from access.permissions import AccessPermission
from access.selectors import lane_board
from core.models import Site
from devices.permissions import DevicePermission
from devices.selectors import open_letters
from incidents.permissions import IncidentPermission
from incidents.selectors import active
from metering.permissions import MeteringPermission
from metering.selectors import to_review


@dataclass(frozen=True)
class Count:
    """How one count is made, and whose it is to see."""

    permission: str
    of: Callable[[Site], int]


def _held(site: Site) -> int:
    # Only the newest car of a lane stands there; older ones that were held are gone.
    standing = [view.passage for view in lane_board(site) if view.passage]
    return [passage.state for passage in standing].count(Passage.State.HELD)


def _incidents(site: Site) -> int:
    return active(site).count()


def _dead_letters(site: Site) -> int:
    return open_letters(site).count()


def _readings(site: Site) -> int:
    return to_review(site).count()


COUNTS = {
    "held": Count(AccessPermission.VIEW_PASSAGES, _held),
    "incidents": Count(IncidentPermission.VIEW_INCIDENTS, _incidents),
    "dead_letters": Count(DevicePermission.REPLAY_DEAD_LETTERS, _dead_letters),
    "readings": Count(MeteringPermission.CORRECT_READINGS, _readings),
}


def badges(site: Site, permissions: frozenset[str]) -> dict[str, int]:
    """Return the counts that these permissions may see, by name."""
    mine = {name: count for name, count in COUNTS.items() if count.permission in permissions}
    return {name: count.of(site) for name, count in mine.items()}
