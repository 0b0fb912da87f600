"""Shifts: who is on duty, hand-overs, and what a person's page sounds."""

from django import forms
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from console.pages import render_page
from core.models import Site
from incidents.escalation import shifts
from incidents.escalation.sounds import sounds_for
from incidents.escalation.trial_alarms import record_sound
from incidents.models import Incident, Shift
from incidents.permissions import IncidentPermission
from incidents.selectors import active
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import PlainForm, posted
from ui.pages import SiteRequest, site_page

_VIEW = IncidentPermission.VIEW_INCIDENTS
_CHANGED = ["live:shift"]
_SHOWN, _LISTED = 20, 50


class EndForm(PlainForm):
    """What the next shift has to know."""

    note = forms.CharField(
        label=_("Note for the next shift"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


@site_page(_VIEW)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show who is on duty, what waits to be taken over, and the last shifts."""
    rows = Shift.objects.filter(site=site).select_related("user", "hand_over__taken_over_by")
    waiting = shifts.hand_overs_waiting(site)
    context = {
        "own": shifts.open_shift(site, request.user),
        "on_duty": rows.filter(ended_at=None).order_by("began_at"),
        "waiting": [(each, *_first(shifts.incidents_of(each))) for each in waiting],
        "ended": rows.exclude(ended_at=None).order_by("-began_at")[:_SHOWN],
    }
    return render_page(request, "console/shifts/page.html", context, "shifts")


@dialog_page(_VIEW, methods=("POST",))
def start(request: SiteRequest, site: Site) -> Change:
    """Start one's own shift, and take over what waits."""
    return Change(
        Dialog(title=_("Start shift"), button=_("Start shift")),
        confirm_form(request),
        lambda _data: shifts.start_shift(site, request.user),
        _("Your shift has started."),
        _CHANGED,
    )


@dialog_page(_VIEW)
def end(request: SiteRequest, site: Site) -> Change:
    """End one's own shift, and hand over the incidents that are open."""
    incidents, more = _first(list(active(site)))
    return Change(
        Dialog(
            title=_("End shift"),
            button=_("End shift"),
            lead=_("The next shift takes over the incidents that are open."),
            template="console/shifts/open_incidents.html",
            context={"incidents": incidents, "more": more},
        ),
        EndForm(posted(request)),
        lambda data: shifts.end_shift(site, request.user, data["note"]),
        _("Your shift has ended."),
        _CHANGED,
    )


@dialog_page(_VIEW, methods=("POST",))
def take_over(request: SiteRequest, site: Site) -> Change:
    """Take over what was handed over."""
    return Change(
        Dialog(title=_("Take over"), button=_("Take over")),
        confirm_form(request),
        lambda _data: shifts.take_over(site, request.user),
        _("You have taken over."),
        _CHANGED,
    )


def _first(incidents: list[Incident]) -> tuple[list[Incident], int]:
    """Return as many incidents as a list shows, and how many it leaves out."""
    return incidents[:_LISTED], max(0, len(incidents) - _LISTED)


@site_page(_VIEW)
@require_GET
def sounds(request: SiteRequest, site: Site) -> JsonResponse:
    """Answer what the person's page sounds."""
    return JsonResponse(sounds_for(site, request.user).as_json())


@site_page(_VIEW)
@require_POST
def tested(request: SiteRequest, site: Site) -> HttpResponse:
    """Record that the person's page has sounded a test alarm."""
    record_sound(site, request.user)
    return HttpResponse(status=204)
