"""Guided steps: move in and out, change owners and payers, extend a lease. Each is shown first."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from console.holder_picker import posted_search
from console.people.debts import standings_of
from console.people.forms.moves import (
    ChangeOwnerForm,
    ExtendForm,
    MoveInForm,
    MoveOutForm,
    PayerForm,
)
from console.people.subjects import holder_or_404, occupancy_or_404, place_or_404
from core.models import Site
from people import services
from people.models import AnyPlace, Holder, Occupancy
from people.permissions import PeoplePermission
from people.services import MovePlan
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest, render_fragment, site_page

CHANGED = ("list-changed",)
_PLAN = "console/people/move_plan.html"
_MANAGE = PeoplePermission.MANAGE_PEOPLE


@site_page(_MANAGE)
@require_POST
def find_holders(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people and companies who match the posted name."""
    return render_fragment(request, "console/people_found.html", posted_search(request, site))


@guided_page(_MANAGE)
def move_in(request: SiteRequest, site: Site) -> GuidedChange:
    """Move a person or a company in; the unit is asked for."""
    return _move_in(request, site, None, None)


@guided_page(_MANAGE)
def move_in_at(request: SiteRequest, site: Site, kind: str, pk: int) -> GuidedChange:
    """Move a person or a company into a unit or a bay."""
    return _move_in(request, site, place_or_404(kind, site, pk), None)


@guided_page(_MANAGE)
def move_in_holder(request: SiteRequest, site: Site, kind: str, pk: int) -> GuidedChange:
    """Move a certain person or company into a unit."""
    return _move_in(request, site, None, holder_or_404(kind, site, pk))


@guided_page(_MANAGE)
def move_out(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """End an occupancy."""
    occupancy = occupancy_or_404(site, pk)
    form = MoveOutForm(occupancy, request.POST if request.method == "POST" else None)
    return GuidedChange(
        title=_("%(name)s moves out of %(place)s") % _names(occupancy),
        button=_("Move out"),
        form=form,
        plan=lambda data: _kept(services.plan_move_out(occupancy, **form.arguments()), data),
        template=_PLAN,
        perform=lambda data: services.move_out(
            occupancy, request.user, **form.arguments(), keep_rights=data["keep_rights"]
        ),
        done=_("Saved."),
        tone="danger-soft",
        events=CHANGED,
    )


@guided_page(_MANAGE)
def change_owner(request: SiteRequest, site: Site, kind: str, pk: int) -> GuidedChange:
    """Replace the owners of a unit or a bay."""
    place = place_or_404(kind, site, pk)
    form = ChangeOwnerForm(site, request.POST if request.method == "POST" else None)

    def arguments(data: dict[str, Any]) -> dict[str, Any]:
        return {"on": data["on"], "with_family": data["with_family"]}

    return GuidedChange(
        title=_("New owner of %(place)s") % {"place": place},
        button=_("Change owner"),
        form=form,
        plan=lambda data: _kept(
            services.plan_change_of_owner(place, form.wanted(), **arguments(data)), data
        ),
        template=_PLAN,
        perform=lambda data: services.change_owner(
            place,
            request.user,
            form.wanted(),
            **arguments(data),
            keep_rights=data["keep_rights"],
        ),
        done=_("Saved."),
        lead=_("Tenants stay. The first new owner pays what the owners before paid."),
        events=CHANGED,
    )


@guided_page(_MANAGE)
def set_payer(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Let an occupancy pay kinds of fees from a day on."""
    occupancy = occupancy_or_404(site, pk)
    return GuidedChange(
        title=_("%(name)s pays for %(place)s") % _names(occupancy),
        button=_("Save"),
        form=PayerForm(occupancy, request.POST if request.method == "POST" else None),
        plan=lambda data: {"move": services.plan_payer(occupancy, **data)},
        template=_PLAN,
        perform=lambda data: services.set_payer(occupancy, request.user, **data),
        done=_("Saved."),
        events=CHANGED,
    )


@guided_page(_MANAGE)
def extend(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Let an occupancy with an end run for longer."""
    occupancy = occupancy_or_404(site, pk)
    data = request.POST if request.method == "POST" else None
    return GuidedChange(
        title=_("Extend %(name)s in %(place)s") % _names(occupancy),
        button=pgettext_lazy("a lease", "Extend"),
        form=ExtendForm(data, initial={"ends_on": occupancy.ends_on}),
        plan=lambda data: services.plan_extension(occupancy, ends_on=data["ends_on"]),
        template="console/people/extension_plan.html",
        perform=lambda data: services.extend_occupancy(
            occupancy, request.user, ends_on=data["ends_on"]
        ),
        done=_("Saved."),
        events=CHANGED,
    )


def _move_in(
    request: SiteRequest, site: Site, place: AnyPlace | None, holder: Holder | None
) -> GuidedChange:
    form = MoveInForm(site, place, holder, request.POST if request.method == "POST" else None)

    def plan(data: dict[str, Any]) -> dict[str, Any]:
        chosen, new = form.wanted()
        return {"move": services.plan_move_in(chosen, new, on=data["on"])}

    def perform(data: dict[str, Any]) -> Occupancy:
        chosen, new = form.wanted()
        return services.move_in(chosen, request.user, new, on=data["on"])

    return GuidedChange(
        title=_move_in_title(place, holder),
        button=_("Move in"),
        form=form,
        plan=plan,
        template=_PLAN,
        perform=perform,
        done=lambda occupancy: gettext("%(name)s is registered in %(place)s.") % _names(occupancy),
        events=CHANGED,
    )


def _move_in_title(place: AnyPlace | None, holder: Holder | None) -> Any:
    if place is not None:
        return _("Move into %(place)s") % {"place": place}
    if holder is not None:
        return _("%(name)s moves in") % {"name": holder.name}
    return _("Move in")


def _kept(move: MovePlan, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a move; rights that go on don't end."""
    kept = bool(data["keep_rights"] and move.rights_end)
    return {
        "move": replace(move, rights_end=()) if kept else move,
        "keeps_rights": kept,
        "standings": standings_of(move),
    }


def _names(occupancy: Occupancy) -> dict[str, str]:
    return {"name": str(occupancy.holder), "place": str(occupancy.place)}
