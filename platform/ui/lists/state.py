"""What one request shows of a list: its filters, order, columns and page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import DateField, QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.counting import count_each
from core.list_views import preference
from core.models import ListPreference
from core.undo import VALID_FOR, latest_change
from ui.lists.cells import Cell, RowPage
from ui.lists.declaration import BulkAction, Column, FirstStep, Listing, Preset
from ui.lists.filters import ListFilter, unsealed_params
from ui.lists.keyset import KeyPage, Order, key_page
from ui.pages import SiteRequest

PAGE_SIZE = 50
# More rows than this are not counted exactly: counting takes as long as reading them.
COUNTED = 10_000
# Parameters of the address that are no part of a view.
PAGING = ("older", "newer", "export", "reset", "row", "all", "filter", "csrfmiddlewaretoken")
# The parameter with the hidden columns of a saved view, and its value for none of them.
WITHOUT, NO_COLUMN = "without", "-"


@dataclass
class ListState:
    """A list as one request asks for it.

    Attributes:
        listing: what the area declares.
        request: its query string holds filters, ``sort`` and the page's cursor.
    """

    listing: Listing
    request: SiteRequest

    @cached_property
    def params(self) -> QueryDict:
        """The query string; that of the list's first view where the person has none yet."""
        first = self.listing.first_query
        if self.request.GET or not first or self.kept.pk is not None:
            return self.request.GET
        params = QueryDict(mutable=True)
        params.update(first)
        return params

    @cached_property
    def form(self) -> ListFilter:
        """The filters; an invalid one counts as empty."""
        form = self.listing.filters(unsealed_params(self.params, self.listing.filters))
        form.set_choices(self.request.site)
        return form

    @cached_property
    def criteria(self) -> dict[str, Any]:
        """The filters in force by name."""
        return self.form.criteria()

    @cached_property
    def kept(self) -> ListPreference:
        """How the person last looked at the list."""
        return preference(self.request.site, self.request.user, self.listing.name)

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the address's view, or those that the person sees."""
        return [each for each in self.permitted_columns if self._is_chosen(each)]

    @property
    def permitted_columns(self) -> list[Column]:
        """The columns that the person may see on the page."""
        return [each for each in self._permitted if not each.exported]

    @property
    def exported_columns(self) -> list[Column]:
        """The columns of an export: those that are shown, and those that only exports have."""
        chosen = [c for c in self._permitted if c.exported or self._is_chosen(c)]
        return [each for each in chosen if each.value is not None]

    @property
    def _permitted(self) -> list[Column]:
        permitted = self.request.site_permissions
        return [c for c in self.listing.columns if not c.permission or c.permission in permitted]

    @cached_property
    def _hidden(self) -> set[str]:
        view = self.params.get(WITHOUT, "")
        return set(view.split(",") if view else self.kept.hidden)

    def _is_chosen(self, column: Column) -> bool:
        return column.fixed or column.name not in self._hidden

    @property
    def sort(self) -> str:
        """The column sorted by, with ``-`` before it for the largest first."""
        asked = self.params.get("sort", "")
        column = self.listing.by_column.get(asked.removeprefix("-"))
        return asked if column is not None and column.sort else self.listing.sort

    @property
    def order(self) -> Order:
        """The order of the rows in the database."""
        column = self.listing.by_column[self.sort.removeprefix("-")]
        return Order(column.sort, descending=self.sort.startswith("-"), numbered=column.numbered)

    @property
    def is_in_other_order(self) -> bool:
        """Whether the list is in another order than by time, the newest first."""
        field = self.rows.model._meta.get_field(self.order.field)
        return not (self.order.descending and isinstance(field, DateField))

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """All rows that the filters let through, without an order."""
        return self.listing.narrow(
            self.request.site, self.listing.rows(self.request.site), self.criteria
        )

    @cached_property
    def page(self) -> KeyPage:
        """The rows of the page."""
        return key_page(self.params, self.rows, self.order, PAGE_SIZE)

    @property
    def count(self) -> int:
        """How many rows there are; one more than COUNTED stands for all above it."""
        return self._counts[None]

    @cached_property
    def _counts(self) -> dict[Preset | None, int]:
        """The number of rows, and that of each preset which shows one, by one statement."""
        site = self.request.site
        counted = {each: each.rows(site) for each in self.listing.presets if each.rows}
        return count_each({None: self.rows.order_by()[: COUNTED + 1], **counted})

    @cached_property
    def cell_starts(self) -> dict[str, SafeString]:
        """The start tag of each visible column's cells, with the label that a phone shows."""
        return {column.name: _cell_start(column) for column in self.columns}

    @cached_property
    def cells(self) -> list[tuple[SafeString, Cell]]:
        """The start tag of each visible column's cells, and what renders them."""
        return [(self.cell_starts[each.name], self.listing.cell(each)) for each in self.columns]

    @cached_property
    def row_page(self) -> RowPage:
        """What the cells of the page have in common."""
        request = self.request
        return RowPage(request.site.slug, request.site_permissions, request.user)

    @property
    def is_counted(self) -> bool:
        """Whether `count` is exact."""
        return self.count <= COUNTED

    @property
    def is_empty(self) -> bool:
        """Whether a page without rows is one of a list that has none, whatever the filters."""
        if not self.criteria:
            return True
        is_first = view_query(self.params) == _encoded_values(self.listing.first_query)
        return is_first and not self.listing.rows(self.request.site).exists()

    @property
    def query(self) -> str:
        """The view as a query string: filters and order, without the page."""
        return view_query(self.params)

    @property
    def whole_query(self) -> str:
        """The view as a query string, with the columns that are hidden."""
        params = QueryDict(self.query, mutable=True)
        hidden = [each.name for each in self.permitted_columns if each not in self.columns]
        params[WITHOUT] = ",".join(hidden) or NO_COLUMN
        return params.urlencode()

    @property
    def actions(self) -> list[BulkAction]:
        """The bulk actions that the person may do."""
        permitted = self.request.site_permissions
        return [each for each in self.listing.actions if each.permission in permitted]

    @property
    def first_step(self) -> FirstStep | None:
        """How the person may add the first row."""
        step = self.listing.first_step
        if callable(step):
            step = step(self.request.site)
        return step if step and step.permission in self.request.site_permissions else None

    @cached_property
    def undoable(self) -> dict[str, Any] | None:
        """The person's latest bulk change of the list and what it did, if it can be undone."""
        actions = {each.name: each for each in self.actions if each.undo is not None}
        if not actions:
            return None
        change = latest_change(self.request.site, self.request.user, self.listing.name)
        if change is None or change.action not in actions:
            return None
        done = actions[change.action].done(len(change.rows))
        return {"pk": change.pk, "done": done, "until": change.at + VALID_FOR}

    @property
    def presets(self) -> list[tuple[Preset, str, bool, int | None]]:
        """Each preset with its query string, whether it is in force, and its number of rows."""
        shown = {name: self.params.get(name, "") for name in self.form.fields}
        chosen = {name: value for name, value in shown.items() if value}
        return [
            (each, _encoded(each), dict(each.query) == chosen, self._counts.get(each))
            for each in self.listing.presets
        ]

    @property
    def heads(self) -> list[tuple[Column, str, str]]:
        """Each visible column, the query string that sorts by it, and how it is sorted now."""
        return [(each, self._sort_query(each), self._direction(each)) for each in self.columns]

    def _sort_query(self, column: Column) -> str:
        if not column.sort:
            return ""
        params = QueryDict(self.query, mutable=True)
        params["sort"] = column.name if self.sort == f"-{column.name}" else f"-{column.name}"
        return params.urlencode()

    def _direction(self, column: Column) -> str:
        """Return the value of ``aria-sort``; empty for another column."""
        if self.sort.removeprefix("-") != column.name:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"


def view_query(params: QueryDict) -> str:
    """Return the part of a query string that makes a view; empty values are left out."""
    kept = QueryDict(mutable=True)
    for name, values in params.lists():
        if name not in PAGING:
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()


def _cell_start(column: Column) -> SafeString:
    looks = {"num": column.numeric, "tight": column.value is None, "long": column.prose}
    look = " ".join(name for name, applies in looks.items() if applies)
    return format_html('<td class="{}" data-label="{}">', look, column.label)


def _encoded(preset: Preset) -> str:
    return _encoded_values(preset.query) or "reset=1"


def _encoded_values(query: Mapping[str, str]) -> str:
    params = QueryDict(mutable=True)
    params.update(query)
    return params.urlencode()
