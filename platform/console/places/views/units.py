"""Guided steps of a unit: its state, its areas, a split, a merger. Each is shown first."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.pages import redirect_to
from console.places.kinds import in_use_or_404
from console.places.unit_forms import AreaForm, MergeForm, SplitForm, StateForm, first_state
from console.places.views.changes import CHANGED
from core.models import Site
from estate import services
from estate.models import Unit, UnitState
from estate.permissions import EstatePermission
from estate.selectors import state_on
from people import services as people
from people.periods import today
from people.services import ReshapingPlan
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest

_MANAGE = EstatePermission.MANAGE_PLACES
_RESHAPING = "console/places/reshaping_plan.html"


@guided_page(_MANAGE)
def set_state(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Set the state of a unit from a day on."""
    unit = in_use_or_404("unit", site, pk)
    first = first_state(site, state_on(unit, today(site)))
    return GuidedChange(
        title=_("State of %(unit)s") % {"unit": unit},
        button=_("Save"),
        form=StateForm(request.POST or None, initial=first),
        plan=lambda data: services.plan_unit_state(unit, **data),
        template="console/places/state_plan.html",
        perform=lambda data: services.set_unit_state(unit, request.user, **data),
        done=_("Saved."),
        events=CHANGED,
    )


@dialog_page(_MANAGE)
def remove_state(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a state that was entered by mistake."""
    rows = UnitState.objects.select_related("unit__building__site")
    row = get_object_or_404(rows, unit__building__site=site, unit__ended_at=None, pk=pk)
    return Change(
        Dialog(
            title=_("Remove “%(state)s” from %(day)s")
            % {"state": row.get_state_display(), "day": row.begins_on.isoformat()},
            button=pgettext_lazy("place", "Remove"),
            lead=_("The state before it goes on."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: services.remove_unit_state(row, request.user),
        _("Removed."),
        CHANGED,
    )


@guided_page(_MANAGE)
def correct_area(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Correct the areas of a unit, with a reason."""
    unit = in_use_or_404("unit", site, pk)
    first = {
        "built_up_area": unit.built_up_area,
        "usable_area": unit.usable_area,
        "revision": services.revision_of(unit),
    }

    def plan(data: dict[str, Any]) -> services.AreaCorrection:
        return services.plan_area(unit, data["built_up_area"], data["usable_area"])

    return GuidedChange(
        title=_("Correct the areas of %(unit)s") % {"unit": unit},
        button=_("Save"),
        form=AreaForm(request.POST or None, initial=first),
        plan=plan,
        template="console/places/area_plan.html",
        perform=lambda data: services.correct_area(unit, request.user, **data),
        done=_("Saved."),
        lead=_("Fees are computed from them."),
        events=CHANGED,
    )


@guided_page(_MANAGE)
def split(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Split a unit in parts; each occupancy goes on in the chosen ones."""
    unit = in_use_or_404("unit", site, pk)
    form = SplitForm(unit, request.POST if request.method == "POST" else None)
    return GuidedChange(
        title=_("Split %(unit)s") % {"unit": unit},
        button=pgettext_lazy("a unit", "Split"),
        form=form,
        plan=lambda data: _kept(people.plan_reshaping([unit], **form.arguments()), data),
        template=_RESHAPING,
        perform=lambda data: people.reshape_units(
            [unit], request.user, **form.arguments(), keep_rights=data["keep_rights"]
        ),
        done=_("The unit was split."),
        lead=_("The unit ends, and its parts begin. It stays in the history."),
        respond=lambda plan: _to_building(request, unit, plan),
    )


@guided_page(_MANAGE)
def merge(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Merge a unit with others of its building; who is chosen goes on in the new unit."""
    unit = in_use_or_404("unit", site, pk)
    form = MergeForm(unit, request.POST if request.method == "POST" else None)
    return GuidedChange(
        title=_("Merge %(unit)s with other units") % {"unit": unit},
        button=pgettext_lazy("units", "Merge"),
        form=form,
        plan=lambda data: _kept(people.plan_reshaping(form.units(), **form.arguments()), data),
        template=_RESHAPING,
        perform=lambda data: people.reshape_units(
            form.units(), request.user, **form.arguments(), keep_rights=data["keep_rights"]
        ),
        done=_("The units were merged."),
        lead=_("The units end, and a new one begins. Enter owners' shares again afterwards."),
        respond=lambda plan: _to_building(request, unit, plan),
    )


def _kept(plan: ReshapingPlan, data: dict[str, Any]) -> ReshapingPlan:
    """Return what the page shows of a plan; rights that go on don't end."""
    return replace(plan, rights_end=()) if data["keep_rights"] else plan


def _to_building(request: SiteRequest, unit: Unit, _plan: ReshapingPlan) -> HttpResponse:
    return redirect_to(request, "place_building", request.site.slug, unit.building_id)
