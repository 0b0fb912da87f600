"""Lists of rows: filters, order, columns, saved views, bulk actions and exports.

An area declares a `Listing`, and its view calls `list_page`.
"""

from ui.lists.actions import bulk_view
from ui.lists.declaration import BulkAction, Column, FirstStep, Listing, Preset
from ui.lists.filters import ListFilter, choice_filter, search_filter
from ui.lists.lookups import Lookup, conditions, containing, folded_plate
from ui.lists.pages import list_page

__all__ = [
    "BulkAction",
    "Column",
    "FirstStep",
    "ListFilter",
    "Listing",
    "Lookup",
    "Preset",
    "bulk_view",
    "choice_filter",
    "conditions",
    "containing",
    "folded_plate",
    "list_page",
    "search_filter",
]
