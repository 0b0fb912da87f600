"""The tables of the statistics: columns, and rows as a page shows them and a file has them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from incidents import kinds, statistics
from incidents.permissions import IncidentPermission
from incidents.severities import Severity
from incidents.statistics import FalseAlarms, Recurring, Times
from ui.pages import Text

_SEVERITIES = dict(Severity.choices)
_TIMES: tuple[Text, ...] = (
    _("Incidents"),
    _("Acknowledged"),
    _("Median until acknowledged"),
    _("90% acknowledged within"),
    _("Reviewed"),
    _("Median until reviewed"),
    _("90% reviewed within"),
)
_FALSE: tuple[Text, ...] = (
    _("Reviewed"),
    _("False alarms"),
    pgettext_lazy("of false alarms", "Share"),
)
_RECURRING: tuple[Text, ...] = (_("Incidents"), pgettext_lazy("number", "Occurrences"), _("Last"))


@dataclass(frozen=True, eq=False)
class Table:
    """One table of the page.

    Attributes:
        name: in the address of its export, and of the file.
        head: the title of its first column; the others are ``columns``.
        rows: returns the rows of a site in a period.
        permission: who sees it beside those who see the page; empty for all of them.
    """

    name: str
    title: Text
    head: Text
    columns: tuple[Text, ...]
    rows: Callable[[Site, datetime, datetime], list[tuple[Any, ...]]]
    permission: str = ""


def _times(by: str) -> Callable[[Site, datetime, datetime], list[tuple[Any, ...]]]:
    def rows(site: Site, begin: datetime, end: datetime) -> list[tuple[Any, ...]]:
        return [_of_times(each) for each in statistics.response_times(site, begin, end, by)]

    return rows


def _of_times(row: Times) -> tuple[Any, ...]:
    counts = (row.incidents, row.acknowledged, *row.to_acknowledge, row.reviewed, *row.to_review)
    return (_name(row.key), *counts)


def _name(key: Any) -> Any:
    """Return what a kind or a severity is called; a week is its first day."""
    if isinstance(key, datetime):
        return key.date()
    if key in _SEVERITIES:
        return str(capfirst(str(_SEVERITIES[key])))
    return str(capfirst(str(kinds.get(key).label)))


def _false(by: str) -> Callable[[Site, datetime, datetime], list[tuple[Any, ...]]]:
    def row(each: FalseAlarms) -> tuple[Any, ...]:
        return (each.name, each.reviewed, each.false, each.share)

    return lambda site, begin, end: [
        row(each) for each in statistics.false_alarms(site, begin, end, by)
    ]


def _recurring(by: str) -> Callable[[Site, datetime, datetime], list[tuple[Any, ...]]]:
    def row(each: Recurring) -> tuple[Any, ...]:
        return (each.name, each.incidents, each.occurrences, each.last_at)

    return lambda site, begin, end: [
        row(each) for each in statistics.recurring(site, begin, end, by)
    ]


WEEKS = Table("weeks", _("By week"), _("Week from"), _TIMES, _times(statistics.WEEK))
TABLES: Sequence[Table] = (
    WEEKS,
    Table("severities", _("By severity"), _("Severity"), _TIMES, _times(statistics.SEVERITY)),
    Table("kinds", _("By kind"), _("Kind"), _TIMES, _times(statistics.KIND)),
    Table(
        "false-by-rule",
        _("False alarms by rule"),
        _("Alarm rule"),
        _FALSE,
        _false(statistics.RULE),
    ),
    Table(
        "false-by-device",
        _("False alarms by device"),
        _("Device"),
        _FALSE,
        _false(statistics.DEVICE),
    ),
    Table(
        "devices",
        _("Devices with several incidents"),
        _("Device"),
        _RECURRING,
        _recurring(statistics.DEVICE),
    ),
    Table(
        "places",
        _("Places with several incidents"),
        _("Place"),
        _RECURRING,
        _recurring(statistics.PLACE),
    ),
    Table(
        "rules",
        _("Rules with several incidents"),
        _("Alarm rule"),
        _RECURRING,
        _recurring(statistics.RULE),
    ),
    Table(
        "plates",
        _("Watch-listed plates with several incidents"),
        _("Plate"),
        _RECURRING,
        _recurring(statistics.PLATE),
        permission=IncidentPermission.MANAGE_WATCH_LIST,
    ),
)
BY_NAME: Mapping[str, Table] = {each.name: each for each in TABLES}


def as_stored(cell: Any) -> Any:
    """Return a cell as a file holds it: durations in seconds."""
    if isinstance(cell, timedelta):
        return round(cell.total_seconds(), 1)
    return round(cell, 4) if isinstance(cell, float) else cell
