"""The incidents of a populated site: a watch-list entry, a hit of it, an alarm rule."""

from datetime import timedelta

from core import clock
from incidents import exercises, services
from incidents.alarms import editing
from incidents.models import AlarmRule, Exercise, Incident, WatchEntry
from tests.factories import UserFactory, WatchEntryFactory
from tests.rooms import World


def watch_plate(world: World) -> WatchEntry:
    """An approved watch-list entry in force."""
    return WatchEntryFactory(site=world.site)


def raise_incident(world: World) -> Incident:
    """An open incident of the watch-list entry."""
    key = f"watch:{world.watch.pk}"
    return services.raise_incident(
        world.site.pk, "plate_watchlist", key, "severe", clock.now(), {}, world.watch
    )


def raise_device_incident(world: World) -> Incident:
    """An open incident of a camera, which technicians see as well."""
    source = f"device:{world.gate.entry.camera_id}"
    return services.raise_incident(
        world.site.pk, "barrier_forced", source, "moderate", clock.now(), {}
    )


def add_alarm_rule(world: World) -> AlarmRule:
    """A disabled rule of two conditions and a time profile."""
    parts = [
        {
            "type": "threshold",
            "kind": "telemetry.temperature.c",
            "field": "value",
            "above": True,
            "limit": 60,
            "clear": 55,
            "lasting_s": 300,
        },
        {"type": "absence", "kind": "telemetry.temperature.c", "lasting_s": 7200},
    ]
    definition = {
        "condition": {"type": "any", "parts": parts},
        "profile": {"days": [0, 1], "begins": "22:00", "ends": "06:00"},
    }
    values = editing.Values("too hot or silent", "moderate", definition, device_kind="camera")
    return editing.add_rule(world.site, UserFactory(), values)


def start_exercise(world: World) -> Exercise:
    """An exercise that is under way."""
    ends_at = clock.now() + timedelta(hours=1)
    return exercises.start(world.site, UserFactory(), "evacuation", ends_at)


ROWS = {
    "exercise": start_exercise,
    "watch": watch_plate,
    "incident": raise_incident,
    "device_incident": raise_device_incident,
    "alarm_rule": add_alarm_rule,
}
