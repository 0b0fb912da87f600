"""The incidents of a populated site: a watch-list entry and a hit of it."""

from core import clock
from incidents import services
from incidents.models import Incident, WatchEntry
from tests.factories import WatchEntryFactory
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


ROWS = {"watch": watch_plate, "incident": raise_incident}
