"""The guard's list of expected visitors, and the plate of one who is expected by name."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import visitors
from access.models import VisitorPass
from access.permissions import AccessPermission
from console.pages import render_list
from core import clock
from core.models import Site
from core.plates import fold
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlateForm, plate_field
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, list_page, search_filter
from ui.lists.cells import RowPage, dialog_button, shows_moment
from ui.pages import SiteRequest, site_page
from ui.templatetags.gatehouse import plate

_PERMISSION = AccessPermission.ISSUE_PASSES
_NOW, _LATER = "now", "later"


class ExpectedFilter(ListFilter):
    """Filters of expected visitors."""

    private = frozenset({"q"})

    q = search_filter(_("Name, plate or unit"))
    when = choice_filter(_("When"), [(_NOW, _("now")), (_LATER, _("later"))])


class PassPlateForm(PlateForm):
    """The plate of a visitor who stands at the gate."""

    plate = plate_field()


def _matching(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    named = Q(visitor_name__icontains=text) | Q(host__name__icontains=text)
    building, _dash, unit = text.rpartition("-")
    there = Q(unit__code__iexact=unit)
    if building:
        there &= Q(unit__building__code__iexact=building)
    folded = fold(text)
    return rows.filter(named | there | (Q(folded__contains=folded) if folded else Q(pk=None)))


def _begun(_site: Site, rows: QuerySet[Any], when: str) -> QuerySet[Any]:
    return rows.filter(**{"begins_at__lte" if when == _NOW else "begins_at__gt": clock.now()})


def _plate(visit: VisitorPass, _page: RowPage) -> object:
    return plate(visit.plate) if visit.plate else _("not known yet")


def _acts(visit: VisitorPass, page: RowPage) -> str:
    if visit.entries_used:
        return ""
    label = _("Change plate") if visit.plate else _("Enter plate")
    return dialog_button(page.address("console:visitor_plate", visit.pk), label)


EXPECTED = Listing(
    name="expected_visitors",
    title=_("Visitors"),
    rows=lambda site: visitors.expected_at(site).select_related("host", "unit__building"),
    columns=(
        Column("visitor", _("Visitor"), lambda visit: visit.visitor_name, fixed=True),
        Column("plate", _("Plate"), lambda visit: visit.plate, fixed=True),
        Column("unit", _("Unit"), lambda visit: str(visit.unit or "")),
        Column("host", _("Invited by"), lambda visit: str(visit.host or "")),
        Column("begins", _("From"), lambda visit: visit.begins_at, sort="begins_at"),
        Column("ends", _("Until"), lambda visit: visit.ends_at),
        Column(
            "entries",
            _("Entries"),
            lambda visit: f"{visit.entries_used} / {visit.entries_allowed}",
            numeric=True,
        ),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "plate": _plate,
        "begins": shows_moment(lambda visit: visit.begins_at),
        "ends": shows_moment(lambda visit: visit.ends_at),
        "acts": _acts,
    },
    sort="-begins",
    filters=ExpectedFilter,
    lookups={"q": _matching, "when": _begun},
    first_query={"when": _NOW},
    presets=(
        Preset(_("Now"), {"when": _NOW}),
        Preset(_("Later"), {"when": _LATER}),
        Preset(_("All"), {}),
    ),
    empty=_("No visitors are expected. Residents invite them in the portal."),
)


@site_page(_PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def expected(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the visitors who may come in now or later."""
    render = render_list(request, "expected_visitors", "console/access_lists/expected.html")
    return list_page(request, EXPECTED, render)


@dialog_page(_PERMISSION)
def set_plate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter the plate of a visitor; if their car waits at a lane, it is decided about again."""
    visit = get_object_or_404(VisitorPass, site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Plate of %(visitor)s") % {"visitor": visit.visitor_name or visit.plate},
            button=_("Save"),
            lead=_("A car with this plate that waits at an entry is decided about again."),
        ),
        PassPlateForm(request.POST or None, initial={"plate": visit.plate}),
        lambda data: visitors.set_plate(visit, request.user, **data),
        _("Saved."),
        ["list-changed"],
    )
