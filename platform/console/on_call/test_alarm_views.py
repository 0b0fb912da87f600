"""Test alarms: send one, and see what has arrived."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.on_call.forms import TestAlarmForm
from console.pages import render_page
from core.models import NotificationDelivery, Site, User
from core.notifications.channels import LABELS
from incidents.escalation import trial_alarms
from incidents.models import TestAlarm
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page

_CHANGED = ["live:test_alarm"]


@dataclass(frozen=True)
class Result:
    """What has arrived with one person by one channel."""

    channel: str | Promise
    state: str
    tone: str
    at: datetime | None
    error: str


@dataclass(frozen=True)
class RecipientRow:
    """What has arrived with one person."""

    name: str
    results: list[Result]
    sounded_at: datetime | None
    acknowledged_at: datetime | None


@dialog_page(IncidentPermission.MANAGE_ON_CALL)
def send(request: SiteRequest, site: Site) -> Change:
    """Send a test alarm."""
    return Change(
        Dialog(
            title=_("Send a test alarm"),
            button=_("Send"),
            lead=_(
                "It reaches people as an alarm does: by their channels, and with a sound on open "
                "pages. It is marked as a test and is no incident."
            ),
        ),
        TestAlarmForm(site, posted(request)),
        lambda data: trial_alarms.send_test_alarm(
            site,
            request.user,
            list(User.objects.filter(pk__in=data["people"])),
            data.get("channels", ()),
            data["note"],
        ),
        _("The test alarm was sent."),
        _CHANGED,
    )


@site_page(IncidentPermission.VIEW_INCIDENTS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show what of a test alarm has arrived, and let its recipients acknowledge it."""
    alarm = _alarm(site, pk)
    rows = alarm.recipients.select_related("user").order_by("pk")
    deliveries = trial_alarms.deliveries_of(alarm)
    shown = [
        RecipientRow(
            row.user.display_name,
            [_result(each) for each in deliveries.get(row.user_id, [])],
            row.sounded_at,
            row.acknowledged_at,
        )
        for row in rows
    ]
    waits = any(row.user_id == request.user.pk and not row.acknowledged_at for row in rows)
    context = {"alarm": alarm, "rows": shown, "waits_for_me": waits}
    return render_page(request, "console/on_call/test_alarm.html", context, "on_call")


@dialog_page(IncidentPermission.VIEW_INCIDENTS, methods=("POST",))
def acknowledge(request: SiteRequest, site: Site, pk: int) -> Change:
    """Acknowledge a test alarm."""
    alarm = _alarm(site, pk)
    return Change(
        Dialog(title=_("Acknowledge"), button=_("Acknowledge")),
        confirm_form(request),
        lambda _data: trial_alarms.acknowledge_test_alarm(alarm, request.user),
        _("The test alarm is acknowledged."),
        _CHANGED,
    )


def _alarm(site: Site, pk: int) -> TestAlarm:
    rows = TestAlarm.objects.select_related("site", "started_by")
    return get_object_or_404(rows, site=site, pk=pk)


_STATES: dict[str, tuple[str | Promise, str]] = {
    "held": (_("held until the quiet hours end"), "wait"),
    "pending": (_("waiting"), "wait"),
    "sent": (_("sent"), "go"),
    "failed": (_("failed"), "stop"),
    "skipped": (_("skipped"), ""),
}


def _result(delivery: NotificationDelivery) -> Result:
    label, tone = _STATES.get(delivery.state, (delivery.state, ""))
    return Result(
        LABELS.get(delivery.channel, delivery.channel),
        str(label),
        tone,
        delivery.sent_at,
        delivery.error,
    )
