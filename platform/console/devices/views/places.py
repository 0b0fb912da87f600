"""The place of a device: a lane, a bay, or where else on the site it is."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.devices.forms.places import (
    BarrierPlaceForm,
    CameraPlaceForm,
    LocationForm,
    PlaceForm,
    SensorPlaceForm,
)
from console.devices.views.curves import device_or_404
from core.models import Site
from devices.models import Device
from devices.permissions import DevicePermission
from estate import selectors, services
from estate.locations import place_of_device
from ui.dialogs import Dialog, run_dialog
from ui.forms import posted
from ui.pages import SiteRequest, site_page

_FORMS: dict[str, type[PlaceForm]] = {
    Device.Kind.CAMERA: CameraPlaceForm,
    Device.Kind.BARRIER: BarrierPlaceForm,
    Device.Kind.BAY_SENSOR: SensorPlaceForm,
}


def place_context(device: Device) -> dict[str, Any]:
    """Return the template context of a device's place: its lanes, its bay."""
    return {
        "lanes": list(selectors.lanes_of(device)),
        "bay": selectors.bay_of(device),
        "located": place_of_device(device),
        "serves_lane_or_bay": device.kind in _FORMS,
    }


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def place(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Place a device at a lane or in a bay or elsewhere, or remove it from there."""
    device = device_or_404(site, pk)
    if device.kind not in _FORMS:
        return _locate(request, site, device)
    dialog = Dialog(
        title=_("Location of %(device)s") % {"device": device.code},
        lead=_("The device now at that location is unassigned, and this one is moved there."),
        button=_("Save"),
    )
    return run_dialog(
        request,
        dialog,
        _place_form(request, device),
        lambda data: _place(device, request, data),
        _("Saved."),
        events=["live:device", f"live:device-{pk}"],
    )


def _locate(request: SiteRequest, site: Site, device: Device) -> HttpResponse:
    known = place_of_device(device)
    initial = {}
    if known is not None:
        initial = {
            "building": known.building,
            "unit": str(known.unit or ""),
            "lot": known.lot,
            "note": known.note,
            "longitude": known.longitude,
            "latitude": known.latitude,
        }
    return run_dialog(
        request,
        Dialog(title=_("Location of %(device)s") % {"device": device.code}, button=_("Save")),
        LocationForm(site, posted(request), initial=initial),
        lambda data: services.locate_device(
            device,
            request.user,
            data["unit"] or data["building"] or data["lot"],
            note=data["note"],
            position=_position(data),
        ),
        _("Saved."),
        events=["live:device", f"live:device-{device.pk}"],
    )


def _position(data: dict[str, Any]) -> tuple[float, float] | None:
    return None if data["longitude"] is None else (data["longitude"], data["latitude"])


def _place_form(request: SiteRequest, device: Device) -> PlaceForm:
    lane = selectors.lanes_of(device).first()
    in_bay = device.kind == Device.Kind.BAY_SENSOR
    places = selectors.bays_of(request.site) if in_bay else selectors.lanes_at(request.site)
    initial = {
        "place": selectors.bay_of(device) if in_bay else lane,
        "drives_barrier": lane is not None and lane.barrier_id == device.pk,
    }
    data = request.POST if request.method == "POST" else None
    return _FORMS[device.kind](places, data, initial=initial)


def _place(device: Device, request: SiteRequest, data: dict[str, Any]) -> None:
    where, actor = data.pop("place"), request.user
    if where is None:
        services.remove_from_place(device, actor)
    elif device.kind == Device.Kind.CAMERA:
        services.place_camera(where, device, actor, **data)
    elif device.kind == Device.Kind.BARRIER:
        services.place_barrier(where, device, actor)
    else:
        services.place_sensor(where, device, actor)
