"""The lists of devices that decide by themselves, one device's, and what can be done about it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console.door_lists.listing import entries_listing
from console.pages import render_list, render_page
from core import audit
from core.models import Site
from devices.drivers import DRIVERS
from devices.drivers.labels import driver_title
from devices.models import Device
from doors.device_lists import requests, selectors, widening
from doors.device_lists.labels import DIFFERENCES
from doors.models import DeviceEntry, WidenedRight
from doors.permissions import DoorPermission
from estate.door_abilities import abilities_of
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, preceded_by
from ui.forms import ReasonForm, posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

CHANGED = ["list-changed"]
_HERE, _MANAGE = "door_lists", DoorPermission.MANAGE_RIGHTS


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the devices that decide by themselves, with what is on them."""
    context = {"lists": [(each, _driver(each.device)) for each in selectors.summaries(site)]}
    return render_page(request, "console/door_lists/list.html", context, _HERE)


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """List the entries of one device, and audit the view of who may enter there."""
    found = _summary(site, pk)
    audit.record_read(site, request.user, "read device list", ("device", pk))
    told = selectors.differences(found.status)
    context = {
        "found": found,
        "driver": _driver(found.device),
        "differences": [(each, DIFFERENCES.get(each["kind"], each["kind"])) for each in told],
        "reads": abilities_of(found.device).lists,
    }
    render = render_list(request, _HERE, "console/door_lists/device.html")
    return list_page(request, entries_listing(found.device), render, **context)


@dialog_page(_MANAGE)
def compare(request: SiteRequest, site: Site, pk: int) -> Change:
    """Compare a device's list at once, or send it anew where it can't be read."""
    device = _summary(site, pk).device
    lead = _(
        "The whole list is read. What is missing is loaded again, what has no right is deleted, and"
        " entries that are unknown here are shown."
    )
    if not abilities_of(device).lists:
        lead = _("This device can't tell what is on its list: every entry is sent again.")
    return Change(
        Dialog(
            title=_("Compare the list of %(device)s") % {"device": device.code},
            lead=lead,
            button=_("Compare now"),
        ),
        confirm_form(request),
        lambda data: requests.compare_now(device, request.user),
        _("The comparison has begun."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def try_again(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send an entry to its device again."""
    entry = _entry(site, pk)
    return Change(
        Dialog(
            title=_("Try %(name)s on %(device)s again") % _names(entry),
            lead=_("The order is sent at once, or as soon as the device is online."),
            button=_("Try again"),
        ),
        confirm_form(request),
        lambda data: requests.try_again(entry, request.user),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def widen(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let the rights of a person hold at all times on a device, with a reason."""
    entry = _entry(site, pk)
    rights = widening.rights_to_widen(entry.device, entry.person_id) if entry.person_id else []
    title = _("Let %(name)s pass at all times at %(device)s") % _names(entry)
    if not rights:
        return preceded_by(title, _("No time profile keeps this person from the device."))
    return Change(
        Dialog(
            title=title,
            lead=_(
                "This device can't hold the time profile. These rights will hold there at all"
                " times, day and night, for everybody who has them:"
            ),
            button=_("Let them hold at all times"),
            tone="danger-soft",
            template="console/door_lists/rights.html",
            context={"rights": rights},
        ),
        ReasonForm(posted(request)),
        lambda data: widening.widen(entry, request.user, data["reason"]),
        _widened,
        CHANGED,
    )


def _widened(rows: list[WidenedRight]) -> str:
    text = ngettext(
        "%(n)s right holds at all times on this device.",
        "%(n)s rights hold at all times on this device.",
        len(rows),
    )
    return text % {"n": len(rows)}


def _summary(site: Site, pk: int) -> selectors.ListSummary:
    device = get_object_or_404(Device.objects.select_related("site"), site=site, pk=pk)
    found = selectors.summary(device)
    if found is None:
        raise Http404
    return found


def _entry(site: Site, pk: int) -> DeviceEntry:
    rows = DeviceEntry.objects.select_related("device__site", "person")
    return get_object_or_404(rows, site=site, pk=pk)


def _names(entry: DeviceEntry) -> dict[str, Any]:
    name = entry.person.name if entry.person else _("deleted person")
    return {"name": name, "device": entry.device.code}


def _driver(device: Device) -> str:
    driver = DRIVERS.get(device.driver)
    return driver_title(driver.MANIFEST) if driver else device.driver
