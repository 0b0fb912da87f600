"""Every list finds what is broken in it, wherever it stands, and says how to correct it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Rejection
from core.imports import all_kinds, kind_of, selectors
from core.models import AuditEntry
from core.tables import (
    Choice,
    Column,
    DateColumn,
    DateOrder,
    DecimalColumn,
    Email,
    NumberCell,
    Phone,
    Unreadable,
    WholeNumber,
    YesNo,
)
from tests.factories import SiteFactory, UserFactory
from tests.importing import checked

KINDS = sorted(kind.code for kind in all_kinds())
COLUMNS = [column for code in KINDS for column in kind_of(code).columns]
# Of any column, then of those that are parsed.
EVERYWHERE = ["1.38E+10", "#N/A", "#REF!"]
BROKEN: dict[type[Column], list[str]] = {
    Choice: ["?", "yes, no", "17"],
    DateColumn: ["2026-02-30", "03/04/2026", "tomorrow", "1826-01-01", "31.4.2026"],
    DecimalColumn: ["x", "1,234", "-1", "1E+12", "12 m", "0.00000001"],
    WholeNumber: ["x", "1.5", "99999999", "-99"],
    Phone: ["call", "12", "3月1日"],
    Email: ["a@", "me", "a@b@c.de"],
    YesNo: ["perhaps", "2"],
}
CELLS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789.,-/E+% '", max_size=20),
    st.text(max_size=8).map(Unreadable),
    st.integers(-(10**15), 10**15).map(lambda number: NumberCell(str(number))),
)


def broken_cells(column: Column) -> Iterator[str]:
    """Yield cells that cannot stand in a column."""
    yield from EVERYWHERE
    for kind, cells in BROKEN.items():
        if isinstance(column, kind):
            yield from cells
            return
    yield from ("x" * (column.longest + 1), "3月1日")


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_each_broken_cell_is_named_with_row_column_and_remedy_and_nothing_is_written(code):
    site, columns = SiteFactory(), kind_of(code).columns
    cases = [(column, cell) for column in columns for cell in broken_cells(column)]
    cases += [(column, "") for column in columns if column.required]
    lines = ["\t".join(column.code for column in columns)]
    for broken, cell in cases:
        row = [cell if column is broken else column.example for column in columns]
        lines.append("\t".join(row))
    before = AuditEntry.objects.count()
    batch = checked(site, UserFactory(), code, "\n".join(lines).encode("utf-16"))
    found = list(selectors.errors(batch))
    expected = list(enumerate((column.code for column, _cell in cases), start=2))
    assert [(row, each["column"]) for row, each in found] == expected
    assert all(each["message"] and each["hint"] for _row, each in found)
    assert (batch.state, batch.rejected) == ("rejected", len(cases))
    assert AuditEntry.objects.count() == before


@settings(max_examples=60)
@given(st.sampled_from(COLUMNS), CELLS, st.sampled_from(DateOrder))
def test_any_cell_is_read_or_rejected_at_its_column_with_a_remedy(column, cell, order):
    found = read(column, cell, order)
    if isinstance(found, Rejection):
        assert found.field == column.code
        assert found.message
        assert found.hint
    else:
        assert column.load(column.dump(found)) == found


def read(column: Column, cell: str, order: DateOrder) -> object:
    """Return the value of a cell, or why it is rejected."""
    try:
        return column.read(cell, order)
    except Rejection as rejection:
        return rejection
