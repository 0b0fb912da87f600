"""Read what holds at the doors of a site now, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Prefetch, QuerySet, Sum
from django.db.models.functions import Coalesce

from core import clock
from core.models import Site
from devices.models import Device
from doors.models import DoorContact, DoorPassage, GroupState, LockDownRequest, Presence
from doors.reading import STALE
from estate.door_abilities import abilities_of
from estate.models import Door, DoorGroup, Zone
from estate.selectors import doors_at

# The newest passage of each door; the index of a door's passages gives it at once.
_LATEST = """
SELECT passage.* FROM unnest(%s::bigint[]) AS wanted(door)
CROSS JOIN LATERAL (
    SELECT * FROM doors_doorpassage WHERE door_id = wanted.door ORDER BY at DESC LIMIT 1
) AS passage
"""
Position = DoorContact.Position


@dataclass(frozen=True)
class DoorView:
    """A door, and what holds there.

    Attributes:
        contact: in which position it is; None: no device has reported.
        passage: the last one.
        offline: the devices of the door that are offline.
        fire_since: since when it is open for fire; None: it is not.
        locked_since: since when it is locked down; None: it is not.
        inside: how many people are in its zone; None without one.
    """

    door: Door
    contact: DoorContact | None = None
    passage: DoorPassage | None = None
    offline: list[Device] = field(default_factory=list)
    fire_since: datetime | None = None
    locked_since: datetime | None = None
    inside: int | None = None

    @property
    def position(self) -> str:
        """Of `DoorContact.Position`; empty where nothing is known."""
        return self.contact.position if self.contact else ""

    @property
    def needs_a_look(self) -> bool:
        """Whether something is not as it should be."""
        return bool(
            self.offline
            or self.position in (Position.HELD, Position.FORCED)
            or self.fire_since
            or self.locked_since
        )

    @property
    def can_open(self) -> bool:
        """Whether one of its devices opens it by a command."""
        devices = [each.device for each in self.door.devices.all()]
        return any(each.enabled and abilities_of(each).most for each in devices)


def board(site: Site, doors: QuerySet[Door] | None = None) -> list[DoorView]:
    """Return what holds at the doors of a site, by building and code.

    Args:
        doors: only these.
    """
    rows = list(doors_at(site) if doors is None else doors)
    keys = [door.pk for door in rows]
    contacts = {each.door_id: each for each in DoorContact.objects.filter(door__in=keys)}
    passages, states, inside = latest(keys), _states(keys), people_inside(site)
    return [
        _view(door, contacts, passages, states.get(door.pk, ()), inside)
        for door in sorted(rows, key=lambda each: (each.building is None, str(each.building or "")))
    ]


def latest(doors: Collection[int]) -> dict[int, DoorPassage]:
    """Return the newest passage of each door, with its person or visit."""
    found = DoorPassage.objects.raw(_LATEST, [list(doors)])
    return {
        each.door_id: each for each in found.prefetch_related("person", "visit") if each.door_id
    }


def people_inside(site: Site) -> dict[int, int]:
    """Return how many people are in each zone, without those not seen for a day.

    Companions of visitors count.
    """
    rows = Presence.objects.filter(zone__site=site, at__gt=clock.now() - STALE)
    along = Coalesce(Sum("visit__companions"), 0)
    counted = rows.values("zone").annotate(n=Count("pk") + along).order_by()
    return {each["zone"]: each["n"] for each in counted}


def zones_of(site: Site) -> list[tuple[Zone, int]]:
    """Return the zones in use of a site with the number of people inside, by code."""
    inside = people_inside(site)
    zones = Zone.objects.in_use().filter(site=site).order_by("code")
    return [(zone, inside.get(zone.pk, 0)) for zone in zones]


def groups_of(site: Site) -> QuerySet[DoorGroup]:
    """Return the groups in use of a site with their doors and their state, by code."""
    waiting = LockDownRequest.objects.filter(state=LockDownRequest.State.WAITING)
    groups = DoorGroup.objects.in_use().filter(site=site).select_related("state")
    requests = Prefetch("lock_down_requests", waiting.select_related("requested_by"), "waiting")
    doors = Prefetch("doors", Door.objects.in_use().order_by("code"))
    return groups.prefetch_related(doors, requests).order_by("code")


def alerts(site: Site) -> dict[str, list[GroupState] | list[LockDownRequest]]:
    """Return what everybody has to know: fires, lock-downs, and lock-downs that wait."""
    states, waiting = alert_rows(site)
    held = list(states.select_related("group").order_by("group__code"))
    named = waiting.select_related("group", "requested_by")
    return {
        "fires": [state for state in held if state.fire_since],
        "locked": [state for state in held if state.locked_since],
        "waiting": list(named.order_by("requested_at")),
    }


def alert_rows(site: Site) -> tuple[QuerySet[GroupState], QuerySet[LockDownRequest]]:
    """Return the groups that are released or locked down, and the lock-downs that wait."""
    states = GroupState.objects.filter(group__site=site, group__ended_at=None)
    states = states.exclude(fire_since=None, locked_since=None)
    waiting = LockDownRequest.State.WAITING
    return states, LockDownRequest.objects.filter(group__site=site, state=waiting)


def _states(doors: Iterable[int]) -> dict[int, list[GroupState]]:
    links = DoorGroup.doors.through.objects.filter(door__in=list(doors))
    states = {
        state.group_id: state
        for state in GroupState.objects.filter(
            group__in=links.values("doorgroup"), group__ended_at=None
        ).exclude(fire_since=None, locked_since=None)
    }
    found: dict[int, list[GroupState]] = defaultdict(list)
    if states:
        for door_id, group_id in links.values_list("door_id", "doorgroup_id"):
            if group_id in states:
                found[door_id].append(states[group_id])
    return found


def _view(
    door: Door,
    contacts: Mapping[int, DoorContact],
    passages: Mapping[int, DoorPassage],
    states: Iterable[GroupState],
    inside: Mapping[int, int],
) -> DoorView:
    devices = [each.device for each in door.devices.all()]
    fires = [state.fire_since for state in states if state.fire_since]
    locks = [state.locked_since for state in states if state.locked_since]
    return DoorView(
        door,
        contacts.get(door.pk),
        passages.get(door.pk),
        [each for each in devices if each.enabled and each.state == Device.State.OFFLINE],
        min(fires, default=None),
        min(locks, default=None),
        None if door.zone_id is None else inside.get(door.zone_id, 0),
    )
