"""The counts beside the navigation: what waits for a person."""

from collections.abc import Callable
from dataclasses import dataclass

from access.models import Passage
from core.models import Site
from core.permissions import Permission
from devices.models import DeadLetter
from incidents.models import Incident


@dataclass(frozen=True)
class Count:
    """How one count is made, whose it is to see, and what makes it change."""

    permission: Permission
    topic: str
    of: Callable[[Site], int]


@dataclass(frozen=True)
class Badge:
    """One count as it is shown."""

    name: str
    topic: str
    count: int


def _held(site: Site) -> int:
    # Only the newest car of a lane stands there; older ones that were held are gone.
    newest = Passage.objects.filter(site=site).order_by("lane", "-at", "-pk").distinct("lane")
    states = list(newest.values_list("state", flat=True))
    return states.count(Passage.State.HELD)


def _incidents(site: Site) -> int:
    return Incident.objects.filter(site=site).exclude(state__in=Incident.ENDED).count()


def _dead_letters(site: Site) -> int:
    waiting = DeadLetter.objects.filter(site=site, replayed_at=None, discarded_at=None)
    return waiting.count()


COUNTS = {
    "held": Count(Permission.VIEW_STAYS, "lane", _held),
    "incidents": Count(Permission.VIEW_INCIDENTS, "incident", _incidents),
    "dead_letters": Count(Permission.REPLAY_DEAD_LETTERS, "dead_letter", _dead_letters),
}


def badge(site: Site, name: str) -> Badge:
    """Return the count of that name at the site."""
    return Badge(name, COUNTS[name].topic, COUNTS[name].of(site))


def badges(site: Site, permissions: frozenset[Permission]) -> dict[str, Badge]:
    """Return all counts that these permissions may see."""
    mine = [name for name, count in COUNTS.items() if count.permission in permissions]
    return {name: badge(site, name) for name in mine}
