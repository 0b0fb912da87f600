"""Write incidents and the watch-list."""

from incidents.services.handling import (
    acknowledge,
    acknowledge_all,
    close,
    withdraw_acknowledgements,
)
from incidents.services.raising import clear, clear_all, raise_incident
from incidents.services.reviewing import review
from incidents.services.watch_list import (
    MAX_WATCH_PERIOD,
    add_watch_entry,
    approve_watch_entry,
    end_watch,
    end_watch_entries,
    end_watch_entry,
    require_watch_fields,
)

__all__ = [
    "MAX_WATCH_PERIOD",
    "acknowledge",
    "acknowledge_all",
    "add_watch_entry",
    "approve_watch_entry",
    "clear",
    "clear_all",
    "close",
    "end_watch",
    "end_watch_entries",
    "end_watch_entry",
    "raise_incident",
    "require_watch_fields",
    "review",
    "withdraw_acknowledgements",
]
