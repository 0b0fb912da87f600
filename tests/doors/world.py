"""A card of a resident, a time profile, and a right of the resident at the door."""

from doors import granting, services, time_profiles
from doors.models import Card, Right, TimeProfile
from tests.rooms import World


def issue_card(world: World) -> Card:
    """A card of the resident who rents the home."""
    return services.issue_card(world.site, "test", person=world.resident, number=34_567)


def add_profile(world: World) -> TimeProfile:
    """Office hours."""
    windows = [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]
    return time_profiles.create_profile(world.site, "test", name="Office hours", windows=windows)


def grant_right(world: World) -> Right:
    """The right of the resident at the group of the door."""
    holder = granting.Holder(person=world.resident)
    return granting.grant(world.door_group, "test", holder, reason="moved in")


ROWS = {"card": issue_card, "time_profile": add_profile, "door_right": grant_right}
