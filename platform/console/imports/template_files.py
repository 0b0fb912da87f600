"""Templates of lists to fill in: CSV, and XLSX with a sheet that explains each column."""

from io import BytesIO

from django.http import HttpResponse
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.imports import ImportKind
from core.tables import Choice, Column

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH = 18
_LAST_ROW = 1000


def xlsx_template(kind: ImportKind) -> HttpResponse:
    """Return a workbook: titles and an example on the first sheet, what they mean on the second.

    The cells to fill in are formatted as text, so that Excel leaves long numbers and codes alone.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_("List"))
        text, title = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(kind.columns) - 1, _WIDTH, text)
        for index, column in enumerate(kind.columns):
            sheet.write_string(0, index, str(column.title), title)
            sheet.write_string(1, index, column.example, text)
            _add_choices(sheet, index, column)
        _write_notes(book.add_worksheet(_("Columns")), kind, title)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{kind.code}.xlsx"'
    return response


def explained(kind: ImportKind) -> list[tuple[Column, str]]:
    """Return the columns of a list with what belongs there."""
    return [(column, _help(column)) for column in kind.columns]


def _add_choices(sheet: Worksheet, index: int, column: Column) -> None:
    if not isinstance(column, Choice):
        return
    labels = [str(label) for label in column.choices.values()]
    if len(",".join(labels)) <= 255:  # as many characters as the format allows
        sheet.data_validation(1, index, _LAST_ROW, index, {"validate": "list", "source": labels})


def _write_notes(sheet: Worksheet, kind: ImportKind, title: object) -> None:
    sheet.set_column(0, 1, _WIDTH)
    sheet.set_column(2, 2, 80)
    for index, name in enumerate((_("Column"), _("Required"), _("What belongs there"))):
        sheet.write_string(0, index, name, title)
    for row, (column, text) in enumerate(explained(kind), start=1):
        sheet.write_string(row, 0, str(column.title))
        sheet.write_string(row, 1, _("yes") if column.required else "")
        sheet.write_string(row, 2, text)


def _help(column: Column) -> str:
    parts = [str(column.help)] if column.help else []
    if isinstance(column, Choice):
        parts.append(_("One of: %(values)s.") % {"values": column.listed()})
    return " ".join(parts)
