"""One device: its state, values, commands, events and rejected messages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access.permissions import AccessPermission
from console.devices.actions import Action, actions_of
from console.devices.forms.commands import DoorForm
from console.devices.views.curves import device_or_404, newest
from console.devices.views.places import place_context
from console.devices.views.regions import region_context
from console.pages import render_page
from core import audit
from core.models import Site
from core.permissions import declared
from devices import accounts, selectors, services
from devices.drivers import DRIVERS
from devices.labels import describe_event
from devices.models import Device
from devices.permissions import DevicePermission
from ui.dialogs import Dialog, run_dialog
from ui.forms import ReasonForm
from ui.pages import SiteRequest, site_page
from ui.tables import paginate_by_key

_COMMANDS, _LETTERS, _LOG = 15, 5, 25


@site_page(DevicePermission.VIEW_DEVICES)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one device."""
    device = device_or_404(site, pk)
    driver = DRIVERS.get(device.driver)
    stands = place_context(device)
    metrics = newest(device)
    commands = selectors.recent_commands(device, _COMMANDS)
    context = {
        "device": device,
        "manifest": driver.MANIFEST if driver else None,
        "tells_numbers": driver is not None and "numbers" in driver.MANIFEST.event_types,
        "takes_commands": commands or (driver is not None and driver.MANIFEST.actions),
        "has_mapping": selectors.has_mapping(device),
        "username": accounts.username(device),
        "actions": actions_of(device, request.site_permissions, _drives(device, stands)),
        "commands": commands,
        "metrics": metrics,
        "metric": _selected_metric(request, [row.metric.name for row, _unit in metrics]),
        **_log(request, device),
        **_letters(request, device),
        **stands,
        **region_context(device),
    }
    return render_page(request, "console/devices/detail.html", context, "devices")


@site_page(DevicePermission.VIEW_DEVICES)
@require_http_methods(["GET", "POST"])
def command(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Send a device the command in the query string (``action``), with a reason."""
    device = device_or_404(site, pk)
    action = _action(request, device)
    # A controller has several doors; any other device is the door or the barrier itself.
    form = DoorForm if action.moves and device.kind == Device.Kind.DOOR else ReasonForm
    dialog = Dialog(
        title=_("%(action)s: %(device)s") % {"action": action.label, "device": device.code},
        lead=_(
            "The command is sent once and expires after ten seconds. Your reason is "
            "recorded with your name."
        ),
        button=action.label,
    )
    return run_dialog(
        request,
        dialog,
        form(request.POST or None),
        lambda data: services.command_by_hand(device, action.name, request.user, **data),
        _("Command sent."),
        events=[f"live:device-{pk}"],
    )


def _action(request: SiteRequest, device: Device) -> Action:
    """Return the requested action if the device supports it and the user may send it."""
    name = request.GET.get("action", "")
    drives = _drives(device, place_context(device))
    possible = {each.name: each for each in actions_of(device, declared(), drives)}
    if name not in possible:
        raise Http404(f"{device.code} has no action {name}")
    if possible[name].permission not in request.site_permissions:
        raise PermissionDenied(f"{possible[name].permission} is not granted")
    return possible[name]


def _drives(device: Device, stands: dict[str, Any]) -> bool:
    return any(lane.barrier_id == device.pk for lane in stands["lanes"])


def _selected_metric(request: SiteRequest, metrics: list[str]) -> str:
    """Return the metric in the query string, or the first one."""
    name = request.GET.get("metric", "")
    return name if name in metrics else next(iter(metrics), "")


def _log(request: SiteRequest, device: Device) -> dict[str, Any]:
    shown = paginate_by_key(request, selectors.events_of(device), "id", _LOG)
    sees_cars = AccessPermission.VIEW_PASSAGES in request.site_permissions
    if sees_cars and any(event.type == "plate" for event in shown):
        audit.record_read(request.site, request.user, "read device events", ("device", device.pk))
    return {"page": shown, "log": [(event, describe_event(event, sees_cars)) for event in shown]}


def _letters(request: SiteRequest, device: Device) -> dict[str, Any]:
    if DevicePermission.REPLAY_DEAD_LETTERS not in request.site_permissions:
        return {"letters": [], "letters_count": 0}
    mine = selectors.dead_letters_of_device(selectors.open_letters(request.site), device)
    return {"letters": mine.defer("payload")[:_LETTERS], "letters_count": mine.count()}
