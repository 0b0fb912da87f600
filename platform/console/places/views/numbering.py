"""Dialogs that number many units or bays at once, with a preview of what they would create."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from console.places.forms import BayRangeForm, UnitRangeForm
from console.places.kinds import in_use_or_404
from console.places.proposals import next_bays
from console.places.views.changes import CHANGED
from core.errors import Rejection
from core.models import Site
from estate import services
from estate.permissions import EstatePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.pages import SiteRequest, render_fragment, site_page


@dialog_page(EstatePermission.MANAGE_PLACES)
def generate_units(request: SiteRequest, site: Site) -> Change:
    """Create buildings with their units."""
    form = UnitRangeForm(request.POST or None)
    return Change(
        Dialog(title=_("Number buildings and units"), button=_("Create")),
        form,
        lambda data: services.generate_units(site, request.user, form.wanted()),
        lambda plan: _created(plan, ngettext("%(n)s unit", "%(n)s units", plan.new)),
        CHANGED,
    )


@site_page(EstatePermission.MANAGE_PLACES)
def plan_units(request: SiteRequest, site: Site) -> HttpResponse:
    """Render what `generate_units` would create."""
    form = UnitRangeForm(request.GET)
    return _preview(request, form, lambda: services.plan_units(site, form.wanted()))


@dialog_page(EstatePermission.MANAGE_PLACES)
def generate_bays(request: SiteRequest, site: Site, pk: int) -> Change:
    """Create bays numbered in a row."""
    lot = in_use_or_404("lot", site, pk)
    form = BayRangeForm(request.POST or None, initial=next_bays(lot))
    return Change(
        Dialog(
            title=_("Number bays of %(lot)s") % {"lot": lot},
            button=_("Create"),
            context={"lot": lot},
        ),
        form,
        lambda data: services.generate_bays(lot, request.user, form.wanted()),
        lambda plan: _created(plan, ngettext("%(n)s bay", "%(n)s bays", plan.new)),
        CHANGED,
    )


@site_page(EstatePermission.MANAGE_PLACES)
def plan_bays(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render what `generate_bays` would create."""
    lot = in_use_or_404("lot", site, pk)
    form = BayRangeForm(request.GET)
    return _preview(request, form, lambda: services.plan_bays(lot, form.wanted()))


def _preview(request: SiteRequest, form: Any, plan: Any) -> HttpResponse:
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            context["plan"] = plan()
        except Rejection as rejection:
            context["rejection"] = rejection
    return render_fragment(request, "console/places/plan.html", context)


def _created(plan: services.Plan, count: str) -> str:
    return gettext("%(count)s created.") % {"count": count % {"n": plan.new}}
