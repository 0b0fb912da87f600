"""Cameras that take pictures of incidents: their list, changes, and a picture to try them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.cameras.forms import CameraForm, NetworksForm
from console.evidence_problems import problem_label
from console.pages import render_page
from core import clock
from core.models import Site
from core.permissions import InstallationPermission
from incidents.evidence import camera_tests, cameras
from incidents.evidence.pictures import ANSWER_WITHIN
from incidents.models import EvidenceCamera
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import Notice, SiteRequest, site_page
from ui.photos import photo_response

_MANAGE = IncidentPermission.MANAGE_EVIDENCE_CAMERAS
CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the cameras with the last picture of a test."""
    found = list(cameras.cameras_of(site))
    context = {
        "cameras": [(each, problem_label(each.problem), _is_awaited(each)) for each in found],
        "networks": cameras.networks_of(site.pk),
        "waiting": any(_is_awaited(each) for each in found),
    }
    return render_page(request, "console/cameras/list.html", context, "cameras")


@dialog_page(_MANAGE)
def add(request: SiteRequest, site: Site) -> Change:
    """Add a camera."""
    return _save(request, site, None, Dialog(title=_("Add camera"), button=_("Add")))


@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a camera."""
    camera = _camera(site, pk)
    return _save(request, site, camera, Dialog(title=camera.name, button=_("Save")))


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a camera."""
    camera = _camera(site, pk)
    dialog = Dialog(
        title=_("Remove %(camera)s") % {"camera": camera.name},
        lead=_("It takes no more pictures. Those that it took stay with their incidents."),
        button=_("Remove"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: cameras.remove_camera(camera, request.user),
        gettext_lazy("Camera removed."),
        CHANGED,
    )


@dialog_page(_MANAGE, methods=("POST",))
def try_now(request: SiteRequest, site: Site, pk: int) -> Change:
    """Take a picture with a camera to try it."""
    camera = _camera(site, pk)
    return Change(
        Dialog(title=camera.name, button=_("Take a picture now")),
        confirm_form(request),
        lambda data: camera_tests.try_camera(camera, request.user),
        _outcome,
        CHANGED,
    )


@dialog_page(InstallationPermission.MANAGE_INSTALLATION)
def networks(request: SiteRequest, site: Site) -> Change:
    """Set the private networks of the cameras, as an administrator."""
    dialog = Dialog(
        title=_("Camera networks"),
        lead=_("Gatehouse connects to cameras in these networks and to public addresses alone."),
        button=_("Save"),
    )
    first = {"networks": "\n".join(cameras.networks_of(site.pk))}
    return Change(
        dialog,
        NetworksForm(posted(request), initial=first),
        lambda data: cameras.set_networks(site, request.user, data["networks"]),
        gettext_lazy("Saved."),
        CHANGED,
    )


@site_page(_MANAGE)
def test_picture(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return the picture of a camera's last test; each view is audited."""
    camera = _camera(site, pk)
    subject = ("evidence_camera", camera.pk)
    return photo_response(request, camera.test_image, "read evidence", subject)


def _save(
    request: SiteRequest, site: Site, camera: EvidenceCamera | None, dialog: Dialog
) -> Change:
    def save(data: dict[str, Any]) -> EvidenceCamera:
        return cameras.save_camera(site, request.user, camera, **data)

    form = CameraForm(site, posted(request), camera)
    return Change(dialog, form, save, gettext_lazy("Saved."), CHANGED)


def _outcome(camera: EvidenceCamera) -> Notice:
    """Return what the person is notified of after a test."""
    if camera.problem and camera.test_asked_at is None:
        return Notice(problem_label(camera.problem), "warning")
    if camera.test_asked_at is not None:
        return Notice(_("Command sent. The picture arrives within seconds."))
    return Notice(_("Picture taken."))


def _is_awaited(camera: EvidenceCamera) -> bool:
    asked = camera.test_asked_at
    return asked is not None and clock.now() - asked < ANSWER_WITHIN


def _camera(site: Site, pk: int) -> EvidenceCamera:
    return get_object_or_404(
        EvidenceCamera.objects.select_related("site", "device"), site=site, pk=pk
    )
