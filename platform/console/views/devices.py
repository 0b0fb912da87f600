"""The devices of a site: the list of them, and what lets one in or shuts it out."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.dialogs import Dialog, Text, ask
from console.forms.field import DeviceForm
from console.forms.fleet import DISABLED, DevicesFilter
from console.forms.gate import NothingForm
from console.pages import SiteRequest, show, show_page, site_page
from console.sign_in import broker, sign_in
from console.tables import page_of
from console.views.curves import device_or_404
from core.models import Site
from devices import commands, selectors, services
from devices.models import Device
from devices.permissions import DevicePermission


@site_page(DevicePermission.VIEW_DEVICES)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the devices, or those that were asked for."""
    form = DevicesFilter(request.GET)
    asked = form.asked()
    context = {
        "form": form,
        "asked": asked,
        "page": page_of(request, _asked_for(site, asked)),
        "counts": selectors.state_counts(site),
        "states": Device.State.choices,
    }
    return show_page(request, "console/devices.html", context, "devices")


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def register(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a device, show its password and its key once, and lead to its page."""
    return ask(
        request,
        Dialog(title=_("Register a device"), button=_("Register")),
        DeviceForm(request.POST or None),
        lambda said: services.register_device(site, **said, actor=request.user),
        _("The device is registered."),
        answer=lambda made: _first_secrets(request, *made),
        tells=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def rotate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Give a device a new password, shown once."""
    device = device_or_404(site, pk)
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
        answer=lambda password: _secrets(request, device, {_("Password"): password}),
        tells=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def new_key(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Sign a device's commands with a new key, shown once."""
    device = device_or_404(site, pk)
    if not selectors.checks_signature(device):
        raise Http404(f"device {pk} of {site.slug} has no key")
    dialog = Dialog(
        title=_("A new command key for %(device)s") % {"device": device.code},
        lead=_("The old one fails at once: the device obeys nobody until it has the new one."),
        button=_("Make a new key"),
        tone="danger-soft",
    )
    return ask(
        request,
        dialog,
        _confirmation(request),
        lambda said: services.rotate_key(device, actor=request.user),
        _("The command key was changed."),
        answer=lambda key: _secrets(request, device, {_("Command key"): key}),
        tells=["live:device"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def enable(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Let a device in, or shut it out."""
    device = device_or_404(site, pk)
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


def _asked_for(site: Site, asked: dict[str, Any]) -> QuerySet[Device]:
    """Return the site's devices that were asked for; a state is that of enabled devices only."""
    devices = selectors.devices_of(site)
    for name in ("kind", "driver"):
        if name in asked:
            devices = devices.filter(**{name: asked[name]})
    state = asked.get("state")
    if state == DISABLED:
        devices = devices.filter(enabled=False)
    elif state:
        devices = devices.filter(enabled=True, state=state)
    if "q" in asked:
        fields = ("code", "name", "serial", "model")
        found = [Q(**{f"{field}__icontains": asked["q"]}) for field in fields]
        devices = devices.filter(reduce(or_, found))
    return devices


def _confirmation(request: SiteRequest) -> NothingForm:
    return NothingForm(request.POST if request.method == "POST" else None)


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
    return show(request, "console/device_secrets.html", context)
