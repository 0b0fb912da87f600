"""Subscriptions of access to events of devices, lanes and occupancies."""

from collections.abc import Sequence

from access import alarm_signals, further_frames, hosted, movements, services, topics
from access.events import Decided
from core import live
from core.events import subscribe, subscribe_together
from devices import events
from estate.events import LaneChanged
from people.events import LastOccupancyEnded


def register() -> None:
    """Subscribe to plates, movements and command results."""
    subscribe_together(events.PlateSeen, _seen)
    subscribe(events.CarMoved, _moved)
    subscribe(events.CommandSettled, services.apply_command_result)
    subscribe_together(Decided, alarm_signals.observe)
    subscribe(LaneChanged, _announce_lane)
    subscribe(LastOccupancyEnded, hosted.cancel_passes_of_host)


def _seen(seen: Sequence[events.PlateSeen]) -> None:
    further_frames.record(seen)


def _moved(event: events.CarMoved) -> None:
    movements.record_movement(event)


def _announce_lane(event: LaneChanged) -> None:
    live.announce(topics.LANE, event.site_id, event.lane_id)
