"""What a kind of list declares, and the register of all kinds."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from core.errors import Rejection
from core.models import ImportRow, Site, User
from core.tables import Column

Values = Mapping[str, Any]
Outcome = ImportRow.Outcome


@dataclass(frozen=True, slots=True)
class Staged:
    """One row of a list whose cells are all valid.

    Attributes:
        number: its number in the sheet.
        values: by the columns' codes; None for an empty cell, absent for a column not in the list.
    """

    number: int
    values: Values


@dataclass(slots=True)
class Verdict:
    """What the import would do with a row.

    Attributes:
        outcome: whether it creates or changes something.
        problems: why it is rejected; a rejection's field is a column's code.
        changes: the values before and after, by column.
        target: whatever `ImportKind.apply` needs again.
    """

    outcome: Outcome = Outcome.NEW
    problems: list[Rejection] = field(default_factory=list)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    target: Any = None

    def reject(self, rejection: Rejection) -> None:
        """Note a reason why the row is rejected."""
        self.problems.append(rejection)
        self.outcome = Outcome.REJECTED

    def compare(self, before: Values, values: Values) -> None:
        """Note which values of an existing thing the row changes; empty cells change nothing."""
        for name, old in before.items():
            new = values.get(name)
            if new is not None and new != old:
                self.changes[name] = (old, new)
        self.outcome = Outcome.CHANGED if self.changes else Outcome.UNCHANGED


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a batch has created, or changed: then with its values before and after."""

    subject_type: str
    subject_id: int
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)


class ImportKind(ABC):
    """A kind of list; its methods are called with a chunk of rows, never with a whole list.

    Attributes:
        code: its name in code and addresses.
        title: its name on pages.
        about: what one row stands for, in a sentence.
        permission: what a person needs besides `core.import_lists`.
        columns: in the template's order.
        personal: whether views of its rows are audited.
        order: its place among the lists of a new site.
        key_column: the column that is named when a key repeats; the first by default.
        other_key_column: the same for the other key.
        reveal_url: the console's URL that shows once what an import has made, such as passwords; it
            takes the batch's key. Empty for none.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]
    about: ClassVar[str | Promise]
    permission: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    personal: ClassVar[bool] = False
    order: ClassVar[int] = 0
    key_column: ClassVar[str] = ""
    other_key_column: ClassVar[str] = ""
    reveal_url: ClassVar[str] = ""

    def normalise(self, site: Site, values: dict[str, Any]) -> None:  # noqa: B027 - optional
        """Bring values into the form that is compared and stored, in place.

        Raises:
            Rejection: values contradict each other.
        """

    @abstractmethod
    def key(self, values: Values) -> str:
        """Return the natural key: a second row of the list with it is rejected."""

    def other_key(self, values: Values) -> str:
        """Return another value that stands once in a list; empty for none."""
        return ""

    def group(self, values: Values) -> str:
        """Return what rows share that are checked against each other; empty for none."""
        return ""

    @abstractmethod
    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Compare rows with the site's data, and with each other; write nothing.

        Args:
            earlier: rows of the list above these, of the same groups.
        """

    @abstractmethod
    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Write new and changed rows, in the caller's transaction; return what was done."""

    @abstractmethod
    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove what was created and restore what was changed, the last first.

        Raises:
            Rejection: something hangs on it, or it was changed since.
        """


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Make a kind of list known; called at import, in `<room>/imports.py`."""
    _kinds[kind.code] = kind


def all_kinds() -> list[ImportKind]:
    """Return all kinds of lists, in the order in which a new site imports them."""
    _discover()
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def kind_of(code: str) -> ImportKind:
    """Return a kind of list.

    Raises:
        KeyError: there is none of that code.
    """
    _discover()
    return _kinds[code]


@cache
def _discover() -> None:
    autodiscover_modules("imports")


def dump(kind: ImportKind, values: Values) -> dict[str, Any]:
    """Return a row's values as plain JSON."""
    return {
        column.code: column.dump(values[column.code])
        for column in kind.columns
        if column.code in values
    }


def load(kind: ImportKind, stored: Values) -> dict[str, Any]:
    """Return the values that `dump` has stored."""
    return {
        column.code: column.load(stored[column.code])
        for column in kind.columns
        if column.code in stored
    }


def of_column(rejection: Rejection, kind: ImportKind) -> Rejection:
    """Return a rejection whose field is a column of the list; the first one for another field."""
    codes = [column.code for column in kind.columns]
    if rejection.field in codes:
        return rejection
    return dataclasses.replace(rejection, field=codes[0])
