"""The registry of devices: the list, registration, credentials, enabling."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.devices.broker_access import broker, sign_in
from console.devices.forms.registration import DeviceForm
from console.devices.listing import DEVICES
from console.devices.views.curves import device_or_404
from console.pages import render_list
from core.models import Site
from devices import commands, selectors, services
from devices.models import Device
from devices.permissions import DevicePermission
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, Text, render_fragment, site_page


@site_page(DevicePermission.VIEW_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the devices."""
    return list_page(request, DEVICES, render_list(request, "devices", "console/devices/list.html"))


bulk = bulk_view(DEVICES, DevicePermission.VIEW_DEVICES)


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def register(request: SiteRequest, site: Site) -> HttpResponse:
    """Register a device, show its secrets once, and link to its page."""
    return run_dialog(
        request,
        Dialog(title=_("Register device"), button=_("Register")),
        DeviceForm(request.POST or None),
        lambda data: services.register_device(site, **data, actor=request.user),
        _("Device registered."),
        respond=lambda made: _first_secrets(request, *made),
        events=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def rotate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Rotate a device's password and show it once."""
    device = device_or_404(site, pk)
    dialog = Dialog(
        title=_("New password for %(device)s") % {"device": device.code},
        lead=_(
            "The current password stops working at once. The device stays offline until "
            "you enter the new one."
        ),
        button=_("Generate password"),
        tone="danger-soft",
    )
    return run_dialog(
        request,
        dialog,
        _confirmation(request),
        lambda data: services.rotate_password(device, actor=request.user),
        _("Password changed."),
        respond=lambda password: _secrets(request, device, {_("Password"): password}),
        events=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def new_key(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Rotate a device's command key and show it once."""
    device = device_or_404(site, pk)
    if not selectors.checks_signature(device):
        raise Http404(f"device {pk} of {site.slug} has no key")
    dialog = Dialog(
        title=_("New command key for %(device)s") % {"device": device.code},
        lead=_(
            "The current key stops working at once. The device ignores commands until "
            "you enter the new one."
        ),
        button=_("Generate key"),
        tone="danger-soft",
    )
    return run_dialog(
        request,
        dialog,
        _confirmation(request),
        lambda data: services.rotate_key(device, actor=request.user),
        _("Command key changed."),
        respond=lambda key: _secrets(request, device, {_("Command key"): key}),
        events=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def enable(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Enable or disable a device."""
    device = device_or_404(site, pk)
    name = {"device": device.code}
    dialog = (
        Dialog(
            title=_("Disable %(device)s") % name,
            lead=_("It is disconnected from the broker and its messages are rejected."),
            button=_("Disable"),
            tone="danger-soft",
        )
        if device.enabled
        else Dialog(title=_("Enable %(device)s") % name, button=_("Enable"))
    )
    return run_dialog(
        request,
        dialog,
        _confirmation(request),
        lambda data: services.set_enabled(device, not device.enabled, actor=request.user),
        _("Saved."),
        events=["live:device", f"live:device-{pk}"],
    )


def _confirmation(request: SiteRequest) -> ConfirmForm:
    return ConfirmForm(request.POST if request.method == "POST" else None)


def _first_secrets(request: SiteRequest, device: Device, password: str) -> HttpResponse:
    secrets: dict[Text, str] = {_("Password"): password}
    if selectors.checks_signature(device):
        secrets[_("Command key")] = commands.key_of(device).hex()
    page = reverse("console:device", args=[request.site.slug, device.pk])
    return _secrets(request, device, secrets, page)


def _secrets(
    request: SiteRequest, device: Device, secrets: dict[Text, str], leads_to: str = ""
) -> HttpResponse:
    context = {
        "device": device,
        "secrets": secrets,
        "sign_in": sign_in(device),
        "broker": broker(request),
        "leads_to": leads_to,
    }
    return render_fragment(request, "console/devices/secrets.html", context)
