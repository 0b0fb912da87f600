"""Recognise what a spreadsheet has made of a cell: the original cannot be recovered from it."""

import re

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.cells import DateCell, ErrorCell, FormulaCell, LongNumber, half_width

# Excel writes a number of twelve or more digits so; a person doesn't.
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[Ee]\+\d{2,3}")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# What Excel makes of 3-1 and saves into a CSV file.
_SHORT_DATE = re.compile(
    rf"\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2}}", re.IGNORECASE
)
_ERRORS = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|#+)")
#: Codes of the rejections of damaged cells.
SCIENTIFIC, LONG, FORMULA, ERROR, DATE = (
    "scientific_number",
    "long_number",
    "formula",
    "error_value",
    "became_a_date",
)


def require_intact(field: str, cell: str) -> None:
    """Check that a cell holds what was entered.

    Raises:
        Rejection: it is a formula without a result, an error, or a shortened number.
    """
    if isinstance(cell, FormulaCell):
        raise Rejection(
            field,
            FORMULA,
            _("is a formula whose result is not in the file"),
            _("copy the column and paste it as values"),
        )
    if isinstance(cell, ErrorCell) or _ERRORS.fullmatch(cell):
        raise Rejection(
            field,
            ERROR,
            _("shows the error %(value)s") % {"value": cell},
            _("correct the formula, or enter the value"),
        )
    if isinstance(cell, LongNumber):
        raise Rejection(
            field,
            LONG,
            _("has more digits than a spreadsheet keeps of a number"),
            _("format the column as text and enter the digits again"),
        )
    if _SCIENTIFIC.fullmatch(half_width(cell)):
        raise Rejection(
            field,
            SCIENTIFIC,
            _("the spreadsheet has shortened a long number to %(value)s") % {"value": cell},
            _("format the column as a number without decimals, or as text, and save it again"),
        )


def require_intact_text(field: str, cell: str) -> None:
    """Check that a spreadsheet has not made a date of a code such as 3-1.

    Raises:
        Rejection: it has.
    """
    if isinstance(cell, DateCell) or _SHORT_DATE.fullmatch(cell):
        raise Rejection(
            field,
            DATE,
            _("the spreadsheet has made the date %(value)s of it") % {"value": cell},
            _("format the column as text and enter the value again"),
        )
