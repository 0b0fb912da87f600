"""Write incidents and the watch-list."""

from incidents.services.clearing import clear, clear_all
from incidents.services.handling import (
    acknowledge,
    acknowledge_all,
    assign,
    close,
    comment,
    withdraw_acknowledgements,
)
from incidents.services.merging import merge
from incidents.services.muting import (
    SilenceValues,
    add_inhibition,
    add_silence,
    change_settings,
    end_silence,
    refresh_site,
    remove_inhibition,
)
from incidents.services.procedures import change_procedure, tick_step
from incidents.services.raising import raise_incident
from incidents.services.reviewing import review, review_again, was_dispatched
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
    "SilenceValues",
    "acknowledge",
    "acknowledge_all",
    "add_inhibition",
    "add_silence",
    "add_watch_entry",
    "approve_watch_entry",
    "assign",
    "change_procedure",
    "change_settings",
    "clear",
    "clear_all",
    "close",
    "comment",
    "end_silence",
    "end_watch",
    "end_watch_entries",
    "end_watch_entry",
    "merge",
    "raise_incident",
    "refresh_site",
    "remove_inhibition",
    "require_watch_fields",
    "review",
    "review_again",
    "tick_step",
    "was_dispatched",
    "withdraw_acknowledgements",
]
