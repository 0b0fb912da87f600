"""Export photos whose plate is known, and download the file."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from access import label_exports
from access.models import LabelExport
from access.permissions import AccessPermission
from console.plate_accuracy.forms import LabelsForm
from core import audit, runs
from core.models import Site
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.pages import Notice, SiteRequest, render_fragment, site_page

_EXPORT = AccessPermission.EXPORT_PHOTOS


@site_page(_EXPORT)
def card(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the newest export, its progress, and the button for another one."""
    context = {"export": label_exports.latest_export(site)}
    return render_fragment(request, "console/plate_accuracy/labels.html", context)


@dialog_page(_EXPORT)
def export(request: SiteRequest, site: Site) -> Change:
    """Write the file of labelled photos in the background."""
    _require_photos(request)
    dialog = Dialog(
        title=_("Export labelled photos"),
        lead=_(
            "The file has the photos whose plate is verified, with plate, camera and hour. People "
            "may be seen on them: hand them on under a contract only. It can be downloaded for a "
            "day, and is deleted when data of a person is erased."
        ),
        button=_("Export"),
    )
    return Change(
        dialog,
        LabelsForm(posted(request)),
        lambda data: label_exports.start_export(site, request.user, data["days"], data["reason"]),
        Notice(_("The file is being written.")),
        ["live:labels"],
    )


@site_page(_EXPORT)
def download(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Return a file of labelled photos; each download is audited."""
    _require_photos(request)
    found = get_object_or_404(LabelExport, site=site, pk=pk)
    try:
        path = runs.written_file(found.file)
    except FileNotFoundError as error:
        raise Http404(str(error)) from error
    audit.record(site, request.user, "download labelled photos", (label_exports.SUBJECT, site.pk))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=f"{site.slug}-plates.zip")
    response["Cache-Control"] = "private, no-store"
    return response


def _require_photos(request: SiteRequest) -> None:
    if AccessPermission.VIEW_PHOTOS not in request.site_permissions:
        raise PermissionDenied("the file needs the permission to see photos")
