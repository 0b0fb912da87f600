"""The list of cash drawers: columns, filters and what an export holds."""

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import drawers
from billing.models import Drawer
from billing.topics import DRAWER
from core.money import Money
from ui.forms import LocalTime
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    containing,
    search_filter,
)
from ui.lists.cells import RowPage, link, shows_moment, state
from ui.templatetags.gatehouse import money

_OPEN, _CLOSED = "open", "closed"
_STATES = {_OPEN: pgettext_lazy("drawer", "open"), _CLOSED: _("handed over")}


class DrawerFilter(ListFilter):
    """Filters of drawers."""

    q = search_filter(_("Person"))
    state = choice_filter(_("State"), list(_STATES.items()))
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _person(drawer: Drawer, page: RowPage) -> SafeString:
    return link(page.address("console:cash_drawer", drawer.pk), _name(drawer))


def _name(drawer: Drawer) -> str:
    return drawer.held_by.display_name


def _state(drawer: Drawer) -> Any:
    return _STATES[_OPEN if drawer.is_open else _CLOSED]


def _major(drawer: Drawer, minor: int | None) -> Decimal | None:
    return None if minor is None else Money(minor, drawer.currency).major()


def _difference(drawer: Drawer) -> int | None:
    return None if drawer.is_open else drawer.difference


DRAWERS = Listing(
    name="cash_drawers",
    title=_("Cash drawers"),
    rows=drawers.drawers,
    columns=(
        Column("person", _("Cashier"), _name, fixed=True),
        Column(
            "opened",
            pgettext_lazy("cash drawer", "Opened"),
            lambda drawer: drawer.opened_at,
            sort="opened_at",
        ),
        Column("closed", _("Handed over"), lambda drawer: drawer.closed_at),
        Column("state", _("State"), _state),
        Column("reason", _("Reason"), lambda drawer: drawer.reason, prose=True),
        Column("currency", _("Currency"), lambda drawer: drawer.currency, exported=True),
        Column("expected", _("Expected"), lambda d: _major(d, d.expected), numeric=True),
        Column(
            "counted",
            pgettext_lazy("cash", "Counted"),
            lambda drawer: _major(drawer, drawer.counted),
            numeric=True,
        ),
        Column("difference", _("Difference"), lambda d: _major(d, _difference(d)), numeric=True),
    ),
    cells={
        "person": _person,
        "opened": shows_moment(lambda drawer: drawer.opened_at),
        "closed": shows_moment(lambda drawer: drawer.closed_at),
        "state": lambda drawer, _page: state(_state(drawer), "go" if drawer.is_open else ""),
        "expected": lambda drawer, _page: money(drawer.expected, drawer.currency),
        "counted": lambda drawer, _page: money(drawer.counted, drawer.currency),
        "difference": lambda drawer, _page: money(_difference(drawer), drawer.currency),
    },
    sort="-opened",
    filters=DrawerFilter,
    lookups={
        "q": containing("held_by__username", "held_by__first_name", "held_by__last_name"),
        "state": conditions({_OPEN: Q(closed_at=None), _CLOSED: Q(closed_at__isnull=False)}, "pk"),
        "since": "opened_at__gte",
        "until": "opened_at__lt",
    },
    presets=(
        Preset(_("All"), {}),
        Preset(pgettext_lazy("drawer", "Open"), {"state": _OPEN}),
    ),
    topics=(DRAWER.name,),
    empty=_("No drawers yet. A cashier opens one at the start of a shift."),
)
