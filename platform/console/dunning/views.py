"""Late fees with their waivers, and reminders of unpaid bills with their pauses."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from console.dunning.forms import ChannelsForm, PauseForm, StepForm, WaiverForm
from console.dunning.listing import LATE_FEE_LIST
from console.pages import render_list, render_page
from console.second_person import waits_for_other
from console.templatetags.fees import days_in_words
from core import audit
from core.models import Site
from core.money import Money
from fees import selectors
from fees.models import LateFeeWaiver, ReminderStep
from fees.permissions import FeePermission
from fees.reminder_history import entries_of, reminders_sent
from fees.services import reminders, waivers
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_VIEW, _MANAGE = FeePermission.VIEW_FEES, FeePermission.MANAGE_FEES
_WAIVE = FeePermission.WAIVE_LATE_FEES
CHANGED = ["list-changed"]


@site_page(_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def late_fees(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the late fees of a site."""
    render = render_list(request, "late_fees", "console/dunning/late_fees.html")
    waits = waits_for_other(selectors.waiting_waivers(site), request.user)
    return list_page(request, LATE_FEE_LIST, render, waits_for_other=waits)


@dialog_page(_WAIVE)
def waive(request: SiteRequest, site: Site, pk: int) -> Change:
    """Waive a late fee, or request it above the site's limit."""
    charge = get_object_or_404(selectors.late_fees(site), pk=pk)
    left = waivers.left_of(charge)
    return Change(
        Dialog(
            title=_("Waive late fee"),
            button=_("Waive"),
            lead=_("%(left)s of this fee is left. Above the site's limit a second person decides.")
            % {"left": left.written()},
        ),
        WaiverForm(charge.currency, posted(request), initial={"amount": left.minor}),
        lambda data: waivers.request_waiver(charge, request.user, **data),
        lambda waiver: (
            _("Requested. It is waiting for approval.")
            if waiver.state == LateFeeWaiver.State.REQUESTED
            else _("Late fee waived.")
        ),
        CHANGED,
    )


@dialog_page(_WAIVE)
def approve(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve the waiver of a late fee."""
    waiver = _waiver(site, pk)
    return Change(
        Dialog(title=_("Approve waiver"), button=_("Approve"), lead=_described(waiver)),
        confirm_form(request),
        lambda _data: waivers.approve_waiver(waiver, request.user),
        _("Late fee waived."),
        CHANGED,
    )


@dialog_page(_WAIVE)
def refuse(request: SiteRequest, site: Site, pk: int) -> Change:
    """Refuse the waiver of a late fee."""
    waiver = _waiver(site, pk)
    return Change(
        Dialog(
            title=_("Refuse waiver"),
            button=_("Refuse"),
            lead=_described(waiver),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: waivers.refuse_waiver(waiver, request.user),
        _("Waiver refused."),
        CHANGED,
    )


@site_page(_VIEW)
def reminder_page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show when payers are reminded, which units are not, and what was sent to whom."""
    audit.record_read(site, request.user, "read reminders", ("site", site.pk))
    page = paginate(request, reminders_sent(site))
    context = {
        "steps": ReminderStep.objects.filter(site=site).order_by("days"),
        "pauses": selectors.reminder_pauses(site),
        "page": page,
        "entries": entries_of(site, page),
    }
    return render_page(request, "console/dunning/reminders.html", context, here="reminders")


@dialog_page(_MANAGE)
def add_step(request: SiteRequest, site: Site) -> Change:
    """Add a reminder."""
    return Change(
        Dialog(
            title=_("Add reminder"),
            button=_("Add"),
            lead=_("Payers of unpaid bills are reminded outside the site's quiet hours."),
        ),
        StepForm(posted(request)),
        lambda data: reminders.add_step(site, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def change_step(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change by what payers are reminded."""
    step = get_object_or_404(ReminderStep.objects.select_related("site"), site=site, pk=pk)
    return Change(
        Dialog(title=_("Reminder %(when)s") % {"when": days_in_words(step.days)}, button=_("Save")),
        ChannelsForm(posted(request), initial={"channels": step.channels}),
        lambda data: reminders.change_step(step, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def remove_step(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a reminder."""
    step = get_object_or_404(ReminderStep.objects.select_related("site"), site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Remove the reminder: %(when)s") % {"when": days_in_words(step.days)},
            button=pgettext("settings", "Remove"),
            lead=_("Nobody is reminded at this time any more. What was sent stays in the list."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: reminders.remove_step(step, request.user),
        _("Reminder removed."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def pause(request: SiteRequest, site: Site) -> Change:
    """Pause the reminders of a unit."""
    return Change(
        Dialog(title=_("Pause reminders"), button=_("Pause")),
        PauseForm(site, posted(request)),
        lambda data: reminders.pause_reminders(data.pop("unit"), request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def resume(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remind of a unit's bills again."""
    row = get_object_or_404(selectors.reminder_pauses(site).select_related("site"), pk=pk)
    return Change(
        Dialog(title=_("Resume reminders of %(unit)s") % {"unit": row.unit}, button=_("Resume")),
        confirm_form(request),
        lambda _data: reminders.resume_reminders(row, request.user),
        _("Saved."),
        CHANGED,
    )


def _waiver(site: Site, pk: int) -> LateFeeWaiver:
    rows = LateFeeWaiver.objects.filter(site=site).select_related("charge", "requested_by")
    return get_object_or_404(rows, pk=pk)


def _described(waiver: LateFeeWaiver) -> str:
    values = {
        "amount": Money(waiver.amount, waiver.charge.currency).written(),
        "user": waiver.requested_by.display_name,
        "reason": waiver.reason,
    }
    return _("%(amount)s, requested by %(user)s: %(reason)s") % values
