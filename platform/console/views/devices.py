"""The devices of a site: what they are, how they are, what they said and were told."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.dialogs import Dialog, ask
from console.forms.field import DeviceForm
from console.forms.gate import NothingForm
from console.pages import SiteRequest, show, show_page, site_page
from core.models import Site
from core.permissions import Permission
from devices import selectors, services
from devices.drivers import DRIVERS
from devices.models import Device
from devices.telemetry.selectors import latest

_SHOWN = 25


@site_page(Permission.VIEW_DEVICES)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the devices."""
    context = {
        "devices": selectors.devices_of(site),
        "counts": selectors.state_counts(site),
        "states": Device.State.choices,
    }
    return show_page(request, "console/devices.html", context, "devices")


@site_page(Permission.VIEW_DEVICES)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one device."""
    device = _device(site, pk)
    driver = DRIVERS.get(device.driver)
    context = {
        "device": device,
        "manifest": driver.MANIFEST if driver else None,
        "username": services.username(device),
        "events": selectors.recent_events(device, _SHOWN),
        "commands": selectors.recent_commands(device, _SHOWN),
        "metrics": latest(device),
    }
    return show_page(request, "console/device.html", context, "devices")


@site_page(Permission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def register(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a device, and show its password once."""
    return ask(
        request,
        Dialog(title=_("Register a device"), button=_("Register")),
        DeviceForm(request.POST or None),
        lambda said: services.register_device(site, **said, actor=request.user),
        _("The device is registered."),
        answer=lambda made: _password(request, *made),
        tells=["live:device"],
    )


@site_page(Permission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def rotate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Give a device a new password, shown once."""
    device = _device(site, pk)
    dialog = Dialog(
        title=_("A new password for %(device)s") % {"device": device.code},
        lead=_("The old one fails at once: the device is silent until it has the new one."),
        button=_("Make a new password"),
        tone="danger-soft",
    )
    return ask(
        request,
        dialog,
        _confirmation(request),
        lambda said: services.rotate_password(device, actor=request.user),
        _("The password was changed."),
        answer=lambda password: _password(request, device, password),
        tells=["live:device"],
    )


@site_page(Permission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def enable(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Let a device in, or shut it out."""
    device = _device(site, pk)
    name = {"device": device.code}
    dialog = (
        Dialog(
            title=_("Disable %(device)s") % name,
            lead=_("It is sent away from the broker and nothing it says counts."),
            button=_("Disable"),
            tone="danger-soft",
        )
        if device.enabled
        else Dialog(title=_("Enable %(device)s") % name, button=_("Enable"))
    )
    return ask(
        request,
        dialog,
        _confirmation(request),
        lambda said: services.set_enabled(device, not device.enabled, actor=request.user),
        _("Done."),
        tells=["live:device", f"live:device-{pk}"],
    )


def _device(site: Site, pk: int) -> Device:
    device = selectors.device_of(site, pk)
    if device is None:
        raise Http404(f"no device {pk} at {site.slug}")
    return device


def _confirmation(request: SiteRequest) -> NothingForm:
    return NothingForm(request.POST if request.method == "POST" else None)


def _password(request: SiteRequest, device: Device, password: str) -> HttpResponse:
    context: dict[str, Any] = {
        "device": device,
        "username": services.username(device),
        "password": password,
    }
    return show(request, "console/device_password.html", context)
