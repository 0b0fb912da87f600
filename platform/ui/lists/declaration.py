"""What an area declares of a list: its columns, filters, presets and bulk actions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from core.models import Site, User
from core.undo import Changes
from ui.forms import PlainForm
from ui.lists.cells import Cell, shows
from ui.lists.filters import ListFilter
from ui.lists.lookups import Lookup, narrowed
from ui.pages import Text


# Columns are compared by identity: comparing their labels would translate them each time.
@dataclass(frozen=True, eq=False)
class Column:
    """A column of a list.

    Attributes:
        name: unique in the list; the row's template fills ``{% cell name %}``.
        value: what an export holds of a row; None leaves the column out, such as one of buttons.
        sort: the field by which it sorts; not null, and with an index. Empty: it does not sort.
        numbered: it holds codes with numbers, so that 2 comes before 10.
        numeric: aligned at the end, as numbers are.
        fixed: it cannot be hidden.
        prose: it holds sentences, which may wrap anywhere.
        permission: who sees it, also in an export; empty for those who see the list.
        exported: it stands in exports alone, where the page shows it with another column, as a
            currency with its amount.
    """

    name: str
    label: Text
    value: Callable[[Any], object] | None
    sort: str = ""
    numbered: bool = False
    numeric: bool = False
    fixed: bool = False
    prose: bool = False
    permission: str = ""
    exported: bool = False


@dataclass(frozen=True, eq=False)
class Preset:
    """A filter that many need, one click away.

    Attributes:
        query: filter values by name.
        rows: returns the rows that it shows at a site, to be counted; None shows no number.
    """

    label: Text
    query: Mapping[str, str]
    rows: Callable[[Site], QuerySet[Any]] | None = None


@dataclass(frozen=True)
class FirstStep:
    """What to do about a list that is empty: a dialog that adds the first row.

    Attributes:
        label: the verb on the button.
        url_name: name of the URL of the dialog; it takes the site's slug.
        permission: who may open it.
    """

    label: Text
    url_name: str
    permission: str


@dataclass(frozen=True)
class BulkAction:
    """An action on selected rows, confirmed once.

    Attributes:
        name: unique in the list; part of the address.
        label: the verb on the button.
        permission: who may do it.
        question: the confirmation's title for so many rows.
        consequence: what will happen, for the confirmation.
        perform: changes the rows that are still in a state for it, and returns what was changed, by
            primary key; may raise a Rejection, and then changes none.
        form: asked for in the confirmation.
        done: the notice after so many rows were changed.
        tone: the button's look.
        most_rows: how many rows one confirmation changes at most; None for what one transaction
            can lock.
        events: triggered on the page afterwards, besides ``list-changed``.
        undo: restores what ``perform`` returned, or raises a Rejection and restores none; None for
            an action that cannot be undone.
    """

    name: str
    label: Text
    permission: str
    question: Callable[[int], str]
    consequence: Text
    perform: Callable[[Site, User, Sequence[Any], Mapping[str, Any]], Mapping[int, Any]]
    form: type[PlainForm]
    done: Callable[[int], str]
    tone: str = "primary"
    most_rows: int | None = None
    events: tuple[str, ...] = ()
    undo: Callable[[Site, User, Changes], None] | None = None


@dataclass(frozen=True)
class Listing:
    """A list of rows of one site.

    Attributes:
        name: unique in the web; saved views refer to it.
        rows: returns every row of a site, with what the columns need.
        columns: in the order in which they stand.
        row_template: renders the cells of ``row``; empty where functions do, see ``cells``.
        cells: what columns show where it is more than the value of an export, by name.
        sort: the column sorted by at first, with ``-`` before it for the largest first.
        filters: the form of the filters.
        lookups: how each filter narrows the rows: a field lookup such as ``at__gte``, or what
            narrows them by the site and the value. Applied in the order of this mapping.
        first_query: the filter values for a person who opens the list for the first time.
        prepare: what the template needs of the rows of one page, as a list of the same length.
        topics: the names of live topics that change it.
        steady: whether these come so often that the list reloads every two seconds at most.
        actions_url: name of the URL of bulk actions; it takes the site's slug and the action.
        empty: what belongs here, where there is nothing yet.
        first_step: how the first row is added, or what returns that for a site.
        refreshed: the ids of other parts of the page that load again with the list.
    """

    name: str
    title: Text
    rows: Callable[[Site], QuerySet[Any]]
    columns: tuple[Column, ...]
    sort: str
    row_template: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    filters: type[ListFilter] = ListFilter
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    first_query: Mapping[str, str] = field(default_factory=dict)
    presets: tuple[Preset, ...] = ()
    actions: tuple[BulkAction, ...] = ()
    actions_url: str = ""
    prepare: Callable[[list[Any]], list[Any]] | None = None
    topics: tuple[str, ...] = ()
    steady: bool = False
    empty: Text = ""
    first_step: FirstStep | Callable[[Site], FirstStep] | None = None
    refreshed: tuple[str, ...] = ()
    by_column: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {column.name: column for column in self.columns}
        if len(names) != len(self.columns) or self.sort.removeprefix("-") not in names:
            raise ValueError(f"the columns of {self.name} or its order are wrong")
        if not self.row_template and any(
            column.value is None and column.name not in self.cells for column in self.columns
        ):
            raise ValueError(f"a column of {self.name} has neither value nor cell")
        if self.lookups.keys() != self.filters.base_fields.keys():
            raise ValueError(f"each filter of {self.name} needs a lookup, and each lookup a filter")
        object.__setattr__(self, "by_column", names)

    def cell(self, column: Column) -> Cell:
        """Return what renders the column's cells where the list has no template of a row."""
        return self.cells.get(column.name) or shows(column.value or str)

    def narrow(self, site: Site, rows: QuerySet[Any], criteria: Mapping[str, Any]) -> QuerySet[Any]:
        """Return the rows that valid, non-empty filter values let through."""
        for name, lookup in self.lookups.items():
            if name in criteria:
                rows = narrowed(site, rows, lookup, criteria[name])
        return rows

    @property
    def live_events(self) -> str:
        """The events of its live topics."""
        return " ".join(f"live:{topic}" for topic in self.topics)

    @property
    def refreshed_ids(self) -> str:
        """The selectors of what loads again with the list, for ``hx-select-oob``."""
        return ",".join(f"#{name}" for name in self.refreshed)

    @property
    def triggers(self) -> str:
        """The events that load the list again, for ``hx-trigger``."""
        live = [] if self.steady else self.live_events.split()
        loads = [f"{event} from:body" for event in [*live, "live:refresh", "list-changed"]]
        return ", ".join(["steady", *loads] if self.steady else loads)
