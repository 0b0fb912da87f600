"""A card of a resident, rights and times, a door at which the card was shown, and visitors."""

from dataclasses import dataclass
from datetime import timedelta

from core import clock
from doors import granting, lock_downs, musters, services, time_profiles, tokens
from doors.models import (
    Card,
    DeviceEntry,
    DoorPassage,
    LockDownRequest,
    Muster,
    Right,
    TimeProfile,
    Token,
    VisitorBan,
)
from doors.visits import bans
from doors.visits.selectors import poster_token
from estate.models import Door, DoorGroup
from tests.doors.device_lists.lists import Listed
from tests.doors.entrance import Entrance
from tests.factories import UserFactory
from tests.rooms import World


@dataclass(frozen=True)
class Poster:
    """What a poster's address names a door by."""

    token: str


def issue_card(world: World) -> Card:
    """A card of the resident who rents the home."""
    return services.issue_card(world.site, "test", person=world.resident, number=34_567)


def print_code(world: World) -> Token:
    """A printed code of the resident."""
    return tokens.issue_code(world.site, "test", person=world.resident, is_static=True)


def add_profile(world: World) -> TimeProfile:
    """Office hours."""
    windows = [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]
    return time_profiles.create_profile(world.site, "test", name="Office hours", windows=windows)


def grant_right(world: World) -> Right:
    """The right of the resident at the group of the door."""
    holder = granting.Holder(person=world.resident)
    return granting.grant(world.door_group, "test", holder, reason="moved in")


def build_entrance(world: World) -> Entrance:
    """A door with a reader, in a group."""
    return Entrance.build(site=world.site)


def door_of_entrance(world: World) -> Door:
    """Its door."""
    return world.entrance.door


def group_of_entrance(world: World) -> DoorGroup:
    """Its group."""
    return world.entrance.group


def show_card(world: World) -> DoorPassage:
    """The passage of the resident who has shown the card at the door."""
    world.entrance.cards[world.resident.pk] = world.card.number
    return world.entrance.asks(world.resident)


def build_own_door(world: World) -> Door:
    """A door that opens for the person of the binding."""
    entrance = Entrance.build(site=world.site)
    holder = granting.Holder(person=world.binding.person)
    granting.grant(entrance.group, "test", holder, reason="moved in")
    return entrance.door


def issue_own_card(world: World) -> Card:
    """A card of the person of the binding."""
    person = world.binding.person
    return services.issue_card(world.site, "test", person=person, number=45_678)


def ask_for_lock_down(world: World) -> LockDownRequest:
    """A lock-down that waits for a second person."""
    return lock_downs.request(world.live_group, UserFactory(), "intruder")


def hang_poster(world: World) -> Poster:
    """The poster of the door."""
    return Poster(poster_token(world.live_door))


def ban_visitor(world: World) -> VisitorBan:
    """A ban that waits for approval."""
    return bans.add_ban(
        world.site,
        UserFactory(),
        visitor_name="Banned Bo",
        basis="site_ban",
        reason="broke a window",
        ends_at=clock.now() + timedelta(days=30),
    )


def begin_muster(world: World) -> Muster:
    """A muster that runs."""
    return musters.begin(world.site, UserFactory())


def list_on_terminal(world: World) -> DeviceEntry:
    """The entry of a person whom a terminal's list is to have, at a door of the terminal."""
    listed = Listed.build(site=world.site)
    person = listed.resident()
    listed.refresh()
    return listed.row_of(person)


ROWS = {
    "muster": begin_muster,
    "list_entry": list_on_terminal,
    "poster": hang_poster,
    "visitor_ban": ban_visitor,
    "card": issue_card,
    "printed_token": print_code,
    "time_profile": add_profile,
    "door_right": grant_right,
    "entrance": build_entrance,
    "live_door": door_of_entrance,
    "live_group": group_of_entrance,
    "door_passage": show_card,
    "lock_down": ask_for_lock_down,
    "own_door": build_own_door,
    "own_card": issue_own_card,
}
