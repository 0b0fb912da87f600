"""Tables as spreadsheets save them: CSV in any usual encoding, and XLSX; pure, without a database.

`open_table` streams rows of text with the numbers of their sheet rows. `match_columns` finds the
columns by their titles, and a `Column` parses the cells below it. Nothing is guessed: a cell that a
spreadsheet has damaged, such as ``1.38E+10``, is rejected with the way to correct it.
"""

from core.tables.cells import DateCell, NumberCell, Unreadable, half_width
from core.tables.columns import (
    Choice,
    Code,
    Column,
    DateColumn,
    DecimalColumn,
    Email,
    LastDay,
    Phone,
    Text,
    WholeNumber,
    YesNo,
)
from core.tables.damage import require_intact
from core.tables.dates import DateOrder, parse_date
from core.tables.headers import match_columns
from core.tables.limits import LARGEST_BYTES, MOST_COLUMNS, MOST_ROWS
from core.tables.reading import Row, open_table

__all__ = [
    "LARGEST_BYTES",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Choice",
    "Code",
    "Column",
    "DateCell",
    "DateColumn",
    "DateOrder",
    "DecimalColumn",
    "Email",
    "LastDay",
    "NumberCell",
    "Phone",
    "Row",
    "Text",
    "Unreadable",
    "WholeNumber",
    "YesNo",
    "half_width",
    "match_columns",
    "open_table",
    "parse_date",
    "require_intact",
]
