"""The checklist of a new site, the site's settings, and test cars."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access.permissions import AccessPermission
from access.test_cars import send_test_car
from console.pages import redirect_to, render_page
from console.setup.forms import TestCarForm
from console.setup.steps import lanes_with_camera, steps_of
from console.site_forms import (
    OrganisationForm,
    SiteForm,
    written_changes,
    written_organisation,
    written_values,
)
from core import revisions
from core.models import Site
from estate import demo, ports, services, site_history
from estate.permissions import EstatePermission
from estate.selectors import lanes_at
from ui.dialogs import Change, Dialog, dialog_page, run_dialog
from ui.forms import RevisedForm
from ui.pages import SiteRequest, render_fragment, site_page


@site_page(EstatePermission.MANAGE_PLACES)
def checklist(request: SiteRequest, site: Site) -> HttpResponse:
    """Show what is done and what is left to do, and how far a demo site is loaded."""
    steps = steps_of(site)
    context = {
        "steps": steps,
        "next_step": next((step for step in steps if step.is_left), None),
        "done": sum(step.done for step in steps),
        "lanes": lanes_with_camera(site),
        "run": demo.loading_of(site),
    }
    return render_page(request, "console/setup/checklist.html", context, "setup")


@site_page(EstatePermission.MANAGE_PLACES)
def demo_progress(request: SiteRequest, site: Site) -> HttpResponse:
    """Render how far the demo site is loaded."""
    run = demo.loading_of(site)
    if run is None:
        raise Http404(f"{site.slug} was not loaded here")
    return render_fragment(request, "console/setup/demo.html", {"run": run})


@site_page(EstatePermission.MANAGE_PLACES)
def settings(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the site's settings with their history, and the organisation that runs it."""
    context = {
        "shown": written_values(services.site_values(site)),
        "organisation": written_organisation(services.organisation_values(site.organisation)),
        "changes": [
            (change, written_changes(change.before, change.after))
            for change in site_history.settings_changes(site)
        ],
    }
    return render_page(request, "console/setup/settings.html", context, "site_settings")


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def change_settings(request: SiteRequest, site: Site) -> HttpResponse:
    """Change the site's settings; those that records depend on are shown with the reason."""
    values = services.site_values(site)
    form = SiteForm(
        request.POST if request.method == "POST" else None,
        initial={**values, "revision": revisions.revision_of(values)},
        fixed=ports.fixed_values(site),
    )
    return run_dialog(
        request,
        Dialog(title=_("Settings of %(site)s") % {"site": site}, button=_("Save")),
        form,
        lambda data: services.change_site(site, request.user, **data),
        _("Saved."),
        # A new address is another page's.
        respond=lambda changed: redirect_to(request, "site_settings", changed.slug),
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def change_organisation(request: SiteRequest, site: Site) -> HttpResponse:
    """Change the legal entity that runs the site."""
    values = services.organisation_values(site.organisation)
    form = OrganisationForm(
        request.POST if request.method == "POST" else None,
        initial={**values, "revision": revisions.revision_of(values)},
    )
    return run_dialog(
        request,
        Dialog(title=_("Change the organisation"), button=_("Save")),
        form,
        lambda data: services.change_organisation(site, request.user, **data),
        _("Saved."),
        respond=lambda changed: redirect_to(request, "site_settings", changed.slug),
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def restore_settings(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return to the settings before a change, once what changes is confirmed."""
    change = site_history.settings_change(site, pk)
    if change is None:
        raise Http404(f"no change {pk} of the settings")
    values = services.site_values(site)
    rows = written_changes(values, change.before)
    form = RevisedForm(
        request.POST if request.method == "POST" else None,
        initial={"revision": revisions.revision_of(values)},
    )
    dialog = Dialog(
        title=_("Return to the settings before this change"),
        lead="" if rows else _("The site has these values already."),
        button=_("Return") if rows else "",
        template="console/setup/restored_values.html",
        context={"rows": rows},
    )
    return run_dialog(
        request,
        dialog,
        form,
        lambda data: site_history.undo_change(site, change, request.user, **data),
        _("Saved."),
        respond=lambda changed: redirect_to(request, "site_settings", changed.slug),
    )


@dialog_page(EstatePermission.MANAGE_PLACES)
def test_car(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send a test car to a lane; who may open barriers may open the real one for it."""
    lane = get_object_or_404(lanes_at(site), pk=pk)
    form = TestCarForm(request.POST if request.method == "POST" else None)
    if AccessPermission.OPEN_BARRIER not in request.site_permissions:
        del form.fields["opens_barrier"]
    board = reverse("console:lanes", args=[site.slug])
    return Change(
        Dialog(
            title=_("Send a test car to %(lane)s") % {"lane": lane},
            lead=_("The lane board shows it; no stay begins, and no rule is applied to it."),
            button=_("Send"),
            template="console/setup/board_link.html",
            context={"board": board},
        ),
        form,
        lambda data: send_test_car(lane, request.user, **data),
        _("Test car sent. The lane board shows it."),
        ("list-changed", f"live:lane-{lane.pk}"),
    )
