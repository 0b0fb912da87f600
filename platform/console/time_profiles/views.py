"""Time profiles: the list, one with its week and its uses, the editor."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from console.pages import redirect_to, render_list, render_page
from console.time_profiles.editor import (
    Editor,
    changed_editor,
    editor_of,
    new_editor,
    posted_editor,
)
from console.time_profiles.listing import PROFILES
from core.errors import Rejection
from core.models import Site
from doors import admission, profile_texts, time_profiles
from doors.models import TimeProfile
from doors.permissions import DoorPermission
from estate.calendar import calendar_of
from people.periods import not_ended, today
from ui.dialogs import Dialog, confirm_form, run_dialog
from ui.forms import YEARS
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, site_page

_MANAGE = DoorPermission.MANAGE_RIGHTS
_SHOWN = 12
bulk = bulk_view(PROFILES, _MANAGE)


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the time profiles of a site."""
    show = render_list(request, "time_profiles", "console/time_profiles/list.html")
    return list_page(request, PROFILES, show)


@site_page(_MANAGE)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a time profile: what it says, a week, what uses it."""
    row = _profile(site, pk)
    profile, day = (
        time_profiles.as_profile(row, site.timezone, calendar_of(site)),
        _week(request, site),
    )
    rights = row.rights.filter(not_ended())
    context = {
        "profile": row,
        "lines": profile_texts.lines_of(profile),
        "week": profile_texts.preview(profile, day),
        "before": day - timedelta(days=7),
        "after": day + timedelta(days=7),
        "rights": admission.with_holders(rights).order_by("who", "pk")[:_SHOWN],
        "rights_total": rights.count(),
        "doors": row.open_doors.select_related("door").order_by("door__name"),
    }
    return render_page(request, "console/time_profiles/detail.html", context, "time_profiles")


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def add(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a time profile."""
    if request.method == "GET":
        return _edit(request, new_editor())

    def save(values: dict[str, Any]) -> TimeProfile:
        values.pop("revision")
        return time_profiles.create_profile(site, request.user, **values)

    return _post(request, site, None, save)


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def change(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Change a time profile."""
    row = _profile(site, pk)
    if request.method == "GET":
        return _edit(request, editor_of(row), row)
    return _post(
        request,
        site,
        row,
        lambda values: time_profiles.change_profile(row, request.user, **values),
    )


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def remove(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Delete a time profile that nothing uses, and return to the list."""
    row = _profile(site, pk)
    return run_dialog(
        request,
        Dialog(
            title=_("Remove the time profile “%(name)s”") % {"name": row.name},
            button=pgettext("place", "Remove"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: time_profiles.remove_profile(row, request.user),
        _("Removed."),
        respond=lambda done: redirect_to(request, "time_profiles", site.slug),
    )


def _week(request: SiteRequest, site: Site) -> Any:
    """Return the Monday of the week that the address names, or of this one."""
    try:
        day = parse_date(request.GET.get("week", ""))
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        day = today(site)
    return day - timedelta(days=day.weekday())


def _post(
    request: SiteRequest,
    site: Site,
    row: TimeProfile | None,
    save: Callable[[dict[str, Any]], TimeProfile],
) -> HttpResponse:
    """Change the rows of the form, or validate and save it."""
    act = request.POST.get("do", "save")
    if act != "save":
        return _edit(request, changed_editor(request.POST, act), row)
    editor = posted_editor(request.POST)
    if not editor.is_valid():
        return _edit(request, editor, row, status=422)
    try:
        saved = save(editor.values())
    except Rejection as rejection:
        editor.add_rejection(rejection)
        return _edit(request, editor, row, status=422)
    return redirect_to(request, "time_profile", site.slug, saved.pk)


def _edit(
    request: SiteRequest, editor: Editor, row: TimeProfile | None = None, status: int = 200
) -> HttpResponse:
    context = {"editor": editor, "profile": row, "address": request.path}
    return render_page(request, "console/time_profiles/edit.html", context, "time_profiles", status)


def _profile(site: Site, pk: int) -> TimeProfile:
    return get_object_or_404(TimeProfile.objects.select_related("site"), site=site, pk=pk)
