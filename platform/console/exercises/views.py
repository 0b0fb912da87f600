"""Exercises: the one under way, its incidents, and earlier ones."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from console.exercises.forms import StartForm
from console.pages import render_page
from console.report_form import ReportForm, report_of
from core.models import Site
from incidents import exercises
from incidents.models import Exercise, FeedEndpoint
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_CHANGED = ["live:exercise", "live:incident"]


@site_page(IncidentPermission.RUN_EXERCISES)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the exercise under way with its incidents, and list the earlier ones."""
    current = exercises.current(site)
    past = exercises.exercises_at(site).exclude(pk=current.pk if current else 0)
    context = {
        "current": current,
        "incidents": list(exercises.incidents_of(current)[:50]) if current else [],
        "feeds": FeedEndpoint.objects.filter(site=site, exercise=True).count(),
        "page": paginate(request, past),
    }
    return render_page(request, "console/exercises/list.html", context, here="exercises")


@dialog_page(IncidentPermission.RUN_EXERCISES)
def start(request: SiteRequest, site: Site) -> Change:
    """Start an exercise."""
    dialog = Dialog(
        title=_("Start exercise"),
        lead=_(
            "Every page of the site shows a banner. Only incidents that you raise in the exercise "
            "belong to it; whatever devices and people report meanwhile stays real."
        ),
        button=_("Start exercise"),
    )
    return Change(
        dialog,
        StartForm(posted(request)),
        lambda data: exercises.start(site, request.user, data["reason"], data["ends_at"]),
        _("Exercise started."),
        _CHANGED,
    )


@dialog_page(IncidentPermission.RUN_EXERCISES)
def raise_incident(request: SiteRequest, site: Site, pk: int) -> Change:
    """Raise an incident of the exercise."""
    exercise = get_object_or_404(Exercise, site=site, pk=pk)
    dialog = Dialog(
        title=_("Raise exercise incident"),
        lead=_("It is marked as an exercise everywhere, and only feeds for exercises get it."),
        button=_("Raise"),
    )
    return Change(
        dialog,
        ReportForm(site, posted(request)),
        lambda data: exercises.raise_in_exercise(exercise, request.user, report_of(data)),
        _("Exercise incident raised."),
        _CHANGED,
    )


@dialog_page(IncidentPermission.RUN_EXERCISES)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End an exercise."""
    exercise = get_object_or_404(Exercise, site=site, pk=pk)
    count = exercises.open_incidents_of(exercise).count()
    lead = ngettext(
        "%(n)s incident of the exercise is closed. Real incidents stay as they are.",
        "%(n)s incidents of the exercise are closed. Real incidents stay as they are.",
        count,
    )
    dialog = Dialog(title=_("End exercise"), lead=lead % {"n": count}, button=_("End exercise"))
    return Change(
        dialog,
        confirm_form(request),
        lambda _data: exercises.end(exercise, request.user),
        _("Exercise ended."),
        _CHANGED,
    )
