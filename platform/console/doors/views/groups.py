"""Lock-down of groups of doors by two people, and their release for fire."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.doors.forms import GroupReasonForm
from core.models import Site, User
from doors import lock_downs, release
from doors.models import LockDownRequest
from doors.permissions import DoorPermission
from estate.models import DoorGroup
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm, posted
from ui.pages import SiteRequest, Text

CHANGED = ["live:door_alert", "live:door"]
LOCK_REASONS = [_("Intruder on the site"), _("Violence in a building"), _("Order of the police")]
END_REASONS = [_("The danger is over"), _("Drill is over"), _("False alarm")]
_OPEN = DoorPermission.OPEN_DOORS


@dialog_page(_OPEN)
def request_lock_down(request: SiteRequest, site: Site) -> Change:
    """Ask for a lock-down, which begins when another person confirms it."""
    chosen = request.GET.get("group", "")
    initial = {"group": chosen} if chosen.isdecimal() else {}
    return Change(
        Dialog(
            title=_("Lock doors down"),
            lead=_("Nobody comes in then; people may leave. Another person has to confirm it."),
            button=_("Ask for the lock-down"),
            tone="danger-soft",
            suggestions=LOCK_REASONS,
        ),
        GroupReasonForm(site, posted(request), initial=initial),
        lambda data: lock_downs.request(data["group"], request.user, data["reason"]),
        _("Requested. Another person has to confirm it."),
        CHANGED,
    )


@dialog_page(_OPEN)
def confirm_lock_down(request: SiteRequest, site: Site, pk: int) -> Change:
    """Confirm a lock-down that another person has asked for."""
    found = _request(site, pk)
    return Change(
        Dialog(
            title=_("Lock %(group)s down") % {"group": found.group.name},
            lead=_("%(name)s asks for it: %(reason)s")
            % {"name": found.requested_by.display_name, "reason": found.reason},
            button=_("Lock down"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: lock_downs.confirm(found, request.user),
        _("Locked down."),
        CHANGED,
    )


@dialog_page(_OPEN)
def decline_lock_down(request: SiteRequest, site: Site, pk: int) -> Change:
    """Decline a lock-down that waits, or withdraw one's own."""
    found = _request(site, pk)
    return Change(
        Dialog(
            title=_("Don't lock %(group)s down") % {"group": found.group.name},
            lead=_("%(name)s asks for it: %(reason)s")
            % {"name": found.requested_by.display_name, "reason": found.reason},
            button=_("Decline"),
        ),
        confirm_form(request),
        lambda data: lock_downs.decline(found, request.user),
        _("Declined."),
        CHANGED,
    )


@dialog_page(_OPEN)
def end_lock_down(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a lock-down."""
    return _end(
        request,
        _group(site, pk),
        _("End the lock-down of %(group)s"),
        _("Doors ask who comes in again."),
        release.end_lock_down,
    )


@dialog_page(_OPEN)
def begin_fire_release(request: SiteRequest, site: Site, pk: int) -> Change:
    """Open the doors of a group for everybody, as for a fire."""
    group = _group(site, pk)
    return Change(
        Dialog(
            title=_("Open all doors of %(group)s for fire") % {"group": group.name},
            lead=_(
                "They open for everybody until somebody ends it. It supplements the wired release "
                "of the doors, and is no life-safety device."
            ),
            button=_("Open all doors"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: release.begin_fire_release(group, request.user),
        _("Doors are opened."),
        CHANGED,
    )


@dialog_page(_OPEN)
def end_fire_release(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a fire release."""
    return _end(
        request,
        _group(site, pk),
        _("End the fire release of %(group)s"),
        _("Make sure that the alarm is over: doors ask who comes in again."),
        release.end_fire_release,
    )


def _end(
    request: SiteRequest,
    group: DoorGroup,
    title: Any,
    lead: Text,
    perform: Callable[[DoorGroup, User, str], None],
) -> Change:
    return Change(
        Dialog(
            title=title % {"group": group.name},
            lead=lead,
            button=_("End it"),
            suggestions=END_REASONS,
        ),
        ReasonForm(posted(request)),
        lambda data: perform(group, request.user, data["reason"]),
        pgettext_lazy("of a fire release or lock-down", "Ended."),
        CHANGED,
    )


def _group(site: Site, pk: int) -> DoorGroup:
    return get_object_or_404(DoorGroup.objects.select_related("site"), site=site, pk=pk)


def _request(site: Site, pk: int) -> LockDownRequest:
    rows = LockDownRequest.objects.select_related("group__site", "requested_by")
    return get_object_or_404(rows, group__site=site, pk=pk)
