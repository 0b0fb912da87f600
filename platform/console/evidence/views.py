"""The evidence of an incident: its card, its pictures, links to it, and its sealed file."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.permissions import AccessPermission
from console.evidence.forms import LinkForm
from console.evidence_pieces import failed_pictures, is_waiting
from core import audit, clock, runs
from core.models import Site
from incidents.evidence import links, releasing
from incidents.evidence.collecting import evidence_of
from incidents.evidence.values import AROUND, live_curves
from incidents.feeds import site_keys
from incidents.models import Evidence, EvidenceLink, Incident, IncidentExport
from incidents.permissions import IncidentPermission
from incidents.sealing import exporting
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.evidence_curves import curves_of
from ui.forms import posted
from ui.pages import Notice, SiteRequest, render_fragment, site_page
from ui.photos import photo_response

_VIEW, _REVIEW = IncidentPermission.VIEW_INCIDENTS, IncidentPermission.REVIEW_INCIDENT


@site_page(_VIEW)
def card(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the evidence of an incident on its page; audit the view."""
    incident = _incident(site, pk)
    pieces = evidence_of(incident)
    if pieces:
        audit.record_read(site, request.user, "read evidence", ("incident", pk))
    key = site_keys.current(site)
    context = {
        "incident": incident,
        "photos": [each for each in pieces if each.kind == Evidence.Kind.PHOTO],
        "passages": [each for each in pieces if each.kind == Evidence.Kind.PASSAGE],
        "may_release": releasing.may_release(incident.merged_into or incident),
        "curves": curves_of([*pieces, *live_curves(incident)]),
        "growing": clock.now() - incident.last_at < AROUND,
        "failed": failed_pictures(incident),
        "waiting": is_waiting(incident),
        "links": _links(request, incident),
        "export": exporting.latest_export(incident),
        "fingerprint": key.fingerprint if key else "",
        "confirmed": incident.is_confirmed,
    }
    return render_fragment(request, "console/evidence/card.html", context)


@site_page(_VIEW)
def picture(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return a picture of evidence to who may see incidents and photos; each view is audited."""
    if AccessPermission.VIEW_PHOTOS not in request.site_permissions:
        raise PermissionDenied("pictures need the permission to see photos")
    piece = get_object_or_404(Evidence, incident__site=site, pk=pk)
    return photo_response(request, piece.image, "read evidence", ("incident", piece.incident_id))


@dialog_page(_REVIEW)
def issue_link(request: SiteRequest, site: Site, pk: int) -> Change:
    """Issue a link to the evidence of a confirmed incident."""
    incident = _incident(site, pk)
    dialog = Dialog(
        title=_("Link to the evidence"),
        lead=_(
            "Whoever has the link sees the evidence of this incident, without signing in. Each "
            "opening is logged, and each picture carries the authority's name."
        ),
        button=_("Issue link"),
    )
    return Change(
        dialog,
        LinkForm(posted(request)),
        lambda data: links.issue(
            incident,
            request.user,
            authority=data["authority"],
            valid_for=timedelta(days=data["days"]),
        ),
        _("Link issued."),
        [_changed(pk)],
    )


@dialog_page(_REVIEW)
def withdraw_link(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw a link."""
    link = get_object_or_404(EvidenceLink, incident__site=site, pk=pk)
    dialog = Dialog(
        title=_("Withdraw link"),
        lead=_("It opens nothing any more, at once. What was downloaded stays with its receiver."),
        button=_("Withdraw"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: links.revoke(link, request.user),
        _("Link withdrawn."),
        [_changed(link.incident_id)],
    )


@dialog_page(_REVIEW)
def release(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let authorities see the passage of another car."""
    piece = _piece(site, pk)
    dialog = Dialog(
        title=_("Release to authorities"),
        lead=_(
            "Whoever has a link to the evidence of this incident then sees this car, too. Release"
            " it only if the authority needs it for this incident."
        ),
        button=pgettext_lazy("evidence", "Release"),
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: releasing.release(piece, request.user),
        _("Released."),
        [_changed(releasing.holder_of(piece).pk)],
    )


@dialog_page(_REVIEW)
def retract(request: SiteRequest, site: Site, pk: int) -> Change:
    """Hide a released passage from authorities again."""
    piece = _piece(site, pk)
    dialog = Dialog(
        title=_("Stop releasing"),
        lead=_("Links no longer show it, at once. What was seen or downloaded stays seen."),
        button=_("Stop releasing"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: releasing.retract(piece, request.user),
        _("No longer released."),
        [_changed(releasing.holder_of(piece).pk)],
    )


@dialog_page(_REVIEW)
def export(request: SiteRequest, site: Site, pk: int) -> Change:
    """Write the sealed file of an incident in the background."""
    incident = _incident(site, pk)
    dialog = Dialog(
        title=_("Export as a sealed file"),
        lead=_(
            "The file has the facts, the timeline, the evidence, what was dispatched and the "
            "audit entries of this incident, signed by the site. It can be downloaded for a week."
        ),
        button=_("Export"),
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: exporting.start_export(incident, request.user),
        Notice(_("The file is being written.")),
        [_changed(pk)],
    )


@site_page(_REVIEW)
def download(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Return a sealed file; each download is audited."""
    found = get_object_or_404(IncidentExport, incident__site=site, pk=pk)
    try:
        path = runs.written_file(found.file)
    except FileNotFoundError as error:
        raise Http404(str(error)) from error
    subject = ("incident", found.incident_id)
    audit.record(site, request.user, "download incident", subject, sha256=found.sha256)
    name = f"incident-{found.incident_id}.zip"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _incident(site: Site, pk: int) -> Incident:
    return get_object_or_404(Incident.objects.select_related("site"), site=site, pk=pk)


def _piece(site: Site, pk: int) -> Evidence:
    rows = Evidence.objects.select_related("incident__merged_into")
    return get_object_or_404(rows, incident__site=site, is_own=False, erased=False, pk=pk)


def _links(request: SiteRequest, incident: Incident) -> list[tuple[EvidenceLink, str, int]]:
    """Return the links with their addresses and how often they were opened."""
    if _REVIEW not in request.site_permissions:
        return []
    rows = links.links_of(incident).prefetch_related("openings")
    return [(each, links.address_of(each), len(each.openings.all())) for each in rows]


def _changed(pk: int) -> str:
    return f"live:incident-{pk}"
