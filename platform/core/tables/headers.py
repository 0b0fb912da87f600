"""Find the columns of a list by the titles in its first row, in either language and any order."""

import difflib
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.cells import half_width
from core.tables.columns import Column
from core.text_lists import joined

_SPACING = re.compile(r"[\s_\-*:]+")
_REMARK = re.compile(r"\([^()]*\)$")


def match_columns(titles: Sequence[str], columns: Sequence[Column]) -> list[Column | None]:
    """Return the column that each title names; None for an empty title.

    Case, spaces, a star for required columns and a remark in brackets make no difference.

    Raises:
        Rejection: titles are unknown or repeated, or required columns are missing; the message
            names all of them.
    """
    names = {_fold(name): column for column in columns for name in column.names()}
    found = [_find(title, names) for title in titles]
    unknown = [
        title for title, column in zip(titles, found, strict=True) if title and column is None
    ]
    if unknown:
        raise _unknown(unknown, columns)
    known = [column for column in found if column is not None]
    _require_once(known)
    missing = [column for column in columns if column.required and column not in known]
    if missing:
        problem = _("has no column %(column)s") % {"column": _listed(missing)}
        raise Rejection("file", "column_missing", problem, _("put column names in the first line"))
    return found


def _find(title: str, names: dict[str, Column]) -> Column | None:
    name = _fold(title)
    return names.get(name) or names.get(_REMARK.sub("", name))


def _fold(title: str) -> str:
    return _SPACING.sub("", half_width(title).casefold())


def _require_once(columns: list[Column]) -> None:
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    if twice:
        problem = _("has column %(column)s twice") % {"column": _listed(twice)}
        raise Rejection("file", "duplicate", problem, _("keep one of them"))


def _unknown(titles: list[str], columns: Sequence[Column]) -> Rejection:
    problem = _("%(column)s is not a known column") % {
        "column": joined(title[:40] for title in titles[:10])
    }
    hint = _("use %(columns)s") % {"columns": _listed(columns)}
    shown = {str(column.title): column for column in columns}
    near = difflib.get_close_matches(titles[0], shown, n=1)
    if near:
        hint = _("do you mean %(column)s? The columns are %(columns)s") % {
            "column": near[0],
            "columns": _listed(columns),
        }
    return Rejection("file", "column_unknown", problem, hint)


def _listed(columns: Sequence[Column]) -> str:
    return joined(str(column.title) for column in columns)
