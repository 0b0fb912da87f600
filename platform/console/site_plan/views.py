"""The plan of the site: its revisions, the editor, and what the editor loads and saves."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from console.pages import redirect_to, render_page
from console.site_plan.forms import ImportForm, PublishForm, problems_of
from core.errors import Rejection
from core.models import Site
from estate.models import PlanRevision
from estate.permissions import EstatePermission
from estate.plans import selectors, services
from estate.plans.changes import PlanChanges
from estate.selectors import plan_in_force
from gis import geojson
from ui.dialogs import Dialog, confirm_form, run_dialog
from ui.pages import SiteRequest, site_page

_SHOWN = 6


@site_page(EstatePermission.MANAGE_PLACES)
@require_GET
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the draft and the published revisions of the plan."""
    in_force = plan_in_force(site)
    context = {
        "draft": selectors.plan_draft(site),
        "revisions": selectors.revisions_of(site).exclude(published_at=None),
        "in_force": in_force.number if in_force else None,
    }
    return render_page(request, "console/site_plan/list.html", context, "site_plan")


@site_page(EstatePermission.MANAGE_PLACES)
@require_GET
def draw(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the editor; it loads its drawing itself."""
    return render_page(request, "console/site_plan/editor.html", {}, "site_plan")


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def draft(request: SiteRequest, site: Site) -> HttpResponse:
    """Return the drawing to edit as JSON, or save the posted one as the draft."""
    if request.method == "GET":
        drawing, version = selectors.drawing_in_work(site)
        places = selectors.places_to_draw(site)
        return JsonResponse({"drawing": drawing, "version": version, "places": places})
    drawing, version = _posted(request)
    try:
        saved = services.save_drawing(site, request.user, drawing, version=version)
    except Rejection as rejection:
        return JsonResponse({"problems": problems_of(rejection)}, status=422)
    return JsonResponse({"version": saved.version})


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def import_file(request: SiteRequest, site: Site) -> HttpResponse:
    """Make a GeoJSON file the draft, and open it in the editor."""
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None)
    lead = _("The file becomes the draft; nothing changes before you publish it.")
    if selectors.plan_draft(site):
        lead = _("The file replaces the draft; nothing changes before you publish it.")
    return run_dialog(
        request,
        Dialog(title=_("Import a plan"), button=_("Import"), lead=lead),
        form,
        lambda data: services.import_plan(site, request.user, form.content(), data["file"].name),
        gettext_lazy("Imported."),
        respond=lambda _draft: redirect_to(request, "draw_plan", site.slug),
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def publish(request: SiteRequest, site: Site) -> HttpResponse:
    """Show what publishing the draft changes, and publish it."""
    found = selectors.plan_draft(site)
    changes = selectors.plan_changes(found) if found else None
    posted = request.POST if request.method == "POST" else None
    form = PublishForm(posted, initial={"version": found.version if found else 0})
    facts = _facts(changes) if changes else {}
    # What has to be corrected first is shown without the button.
    button = "" if changes and changes.rejections and not posted else _("Publish")
    dialog = Dialog(
        title=_("Publish the plan"),
        button=button,
        template="console/site_plan/changes.html",
        context=facts,
    )
    return run_dialog(
        request,
        dialog,
        form,
        lambda data: services.publish_plan(site, request.user, version=data["version"]),
        gettext_lazy("Published."),
        respond=lambda _revision: _to_revisions(request, _("The plan is published.")),
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def discard(request: SiteRequest, site: Site) -> HttpResponse:
    """Delete the draft."""
    lead = gettext_lazy("What was drawn or imported since the last publication is lost.")
    title, button = gettext_lazy("Discard the draft"), gettext_lazy("Discard")
    return run_dialog(
        request,
        Dialog(title=title, button=button, lead=lead, tone="danger-soft"),
        confirm_form(request),
        lambda _data: services.discard_draft(site, request.user),
        gettext_lazy("Discarded."),
        respond=lambda _none: _to_revisions(request, _("The draft is discarded.")),
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def restore(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Make a published revision the draft, and open it in the editor."""
    revision = _published(site, pk)
    lead = _("It becomes the draft; nothing changes before you publish it.")
    if selectors.plan_draft(site):
        lead = _("It replaces the draft; nothing changes before you publish it.")
    title = _("Restore revision %(number)s") % {"number": revision.number}
    return run_dialog(
        request,
        Dialog(title=title, button=gettext_lazy("Restore"), lead=lead),
        confirm_form(request),
        lambda _data: services.restore_plan(revision, request.user),
        gettext_lazy("Restored."),
        respond=lambda _draft: redirect_to(request, "draw_plan", site.slug),
    )


@site_page(EstatePermission.MANAGE_PLACES)
def download(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Download a published revision as GeoJSON."""
    revision = _published(site, pk)
    name = f"{site.slug}-plan-{revision.number}.geojson"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = geojson.collection(revision.features)
    return JsonResponse(content, content_type="application/geo+json", headers=headers)


def _published(site: Site, pk: int) -> PlanRevision:
    published = PlanRevision.objects.filter(site=site).exclude(published_at=None)
    return get_object_or_404(published, pk=pk)


def _posted(request: SiteRequest) -> tuple[Any, int]:
    """Return the posted drawing, and the version of the draft that it changes."""
    try:
        data = json.loads(request.body)
        drawing, version = data["drawing"], data["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRequest("no drawing") from error
    if not isinstance(version, int):
        raise BadRequest("no version")
    return drawing, version


def _to_revisions(request: SiteRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect_to(request, "site_plan", request.site.slug)


def _facts(changes: PlanChanges) -> dict[str, Any]:
    """Return what the dialog lists: each kind of change with its number and first places."""
    groups = [
        (_("New"), [match.label for match in changes.created]),
        (_("Drawn for the first time"), [match.label for match in changes.drawn]),
        (_("Moved"), [_moved(match) for match in changes.moved]),
        (_("Renamed, or with another capacity"), [match.label for match in changes.renamed]),
        (_("No longer on the map"), [_name(place) for place in changes.undrawn]),
    ]
    return {
        "groups": [(label, len(each), each[:_SHOWN]) for label, each in groups if each],
        "problems": [text for each in changes.rejections for text in problems_of(each)],
        "warnings": changes.warnings,
    }


def _moved(match: Any) -> str:
    return _("%(place)s by %(metres)s m") % {
        "place": match.label,
        "metres": f"{match.distance:.1f}",
    }


def _name(place: Model) -> str:
    return str(place)
