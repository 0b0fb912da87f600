"""The region of a camera's picture in which plates are read."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import reading_regions
from access.permissions import AccessPermission
from access.usual_heights import usual_height
from console.devices.forms.regions import RegionForm
from console.devices.views.curves import device_or_404
from console.pages import redirect_to, render_page
from core.errors import Rejection
from core.models import Site
from devices.models import Device
from devices.permissions import DevicePermission
from devices.vision.region import LEAST_CORNERS, MOST_CORNERS, WHOLE
from estate.models import Lane
from ui.forms import posted
from ui.pages import SiteRequest, site_page


def region_context(device: Device) -> dict[str, Any]:
    """Return the template context of a camera's region; nothing for another device."""
    if device.kind != Device.Kind.CAMERA:
        return {}
    region = reading_regions.region_of(device)
    return {"region": region, "may_read_next_car": region == WHOLE and _has_no_usual_height(device)}


def _has_no_usual_height(camera: Device) -> bool:
    """Return whether a plate of the car behind would not be noticed by its height yet."""
    lane = Lane.objects.filter(camera=camera).first()
    return lane is not None and usual_height(lane.pk, camera.pk) is None


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the camera's region on its latest picture, or save it."""
    camera = device_or_404(site, pk)
    if camera.kind != Device.Kind.CAMERA:
        raise Http404(f"device {pk} of {site.slug} is no camera")
    form = RegionForm(posted(request), reading_regions.region_of(camera))
    if form.is_bound and form.is_valid() and _save(request, camera, form):
        messages.success(request, _("Saved; it applies from the next photo on."))
        return redirect_to(request, "device", site.slug, pk)
    context = {
        "device": camera,
        "form": form,
        "least_corners": LEAST_CORNERS,
        "most_corners": MOST_CORNERS,
        **_sight(request, camera),
    }
    status = 422 if form.errors else 200
    return render_page(request, "console/devices/region.html", context, "devices", status)


def _save(request: SiteRequest, camera: Device, form: RegionForm) -> bool:
    try:
        reading_regions.set_region(camera, request.user, **form.cleaned_data)
    except Rejection as rejection:
        form.add_rejection(rejection)
        return False
    return True


def _sight(request: SiteRequest, camera: Device) -> dict[str, Any]:
    """Return the latest photo and where plates were; nothing for who may not see photos."""
    if AccessPermission.VIEW_PHOTOS not in request.site_permissions:
        return {"boxes": []}
    seen = reading_regions.last_seen(camera)
    return {"passage": seen.passage, "boxes": seen.boxes}
