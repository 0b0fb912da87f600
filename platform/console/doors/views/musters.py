"""The muster list: who is inside, who was marked as safe, its print and its file."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from access.models import VisitorPass
from console.doors.forms import BeginMusterForm, MusterRulesForm
from console.pages import render_page
from core import audit, clock
from core.errors import Rejection
from core.models import Site
from doors import muster_list, musters
from doors.models import Muster
from doors.muster_labels import doubt_label
from doors.muster_list import Entry
from doors.permissions import DoorPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.exports import csv_response
from ui.forms import posted
from ui.pages import Notice, SiteRequest, add_notice, site_page

_RUN = DoorPermission.RUN_MUSTERS
_HERE = "muster"
_EVENTS = ["live:muster"]
_SHOWN = 200
_LONGEST = 60
_PAST = 10
_CHOICES = ("missing", "unsure", "found")


@site_page(_RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show who is inside; what a search posts narrows the list, since no address holds a name."""
    return _show(request, site, muster_list.running(site))


@site_page(_RUN)
def past(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a muster, also one that is over."""
    return _show(request, site, _muster(site, pk))


def _show(request: SiteRequest, site: Site, muster: Muster | None) -> HttpResponse:
    if not request.htmx:
        _record(request, site, muster)
    entries = muster_list.muster_list(site, muster)
    text = request.POST.get("q", "").replace("\0", "").strip()[:_LONGEST]
    which, area = request.GET.get("which", ""), request.GET.get("area")
    found = [each for each in entries if _matches(each, text, which, area)]
    rows = Muster.objects.filter(site=site).exclude(ended_at=None)
    context = {
        "muster": muster,
        "counts": _counts(entries),
        "areas": [(name, _counts(rows), len(rows)) for name, rows in muster_list.by_area(entries)],
        "shown": [(each, doubt_label(each.place.doubt), reason(each)) for each in found[:_SHOWN]],
        "more": max(len(found) - _SHOWN, 0),
        "text": text,
        "which": which,
        "area": area,
        "rules": muster_list.muster_rules(site),
        "past": rows.select_related("begun_by").order_by("-begun_at")[:_PAST],
        "can_mark": muster is not None and muster.ended_at is None,
    }
    return render_page(request, "console/doors/muster/list.html", context, _HERE)


@site_page(_RUN)
def sheet(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the list to be printed: one sheet for each zone, or all in one."""
    muster = muster_list.running(site)
    _record(request, site, muster)
    entries = muster_list.muster_list(site, muster)
    in_one = request.GET.get("by") == "list"
    parts = [("", entries)] if in_one else list(muster_list.by_area(entries))
    context = {
        "muster": muster,
        "parts": [
            (name, [(each, doubt_label(each.place.doubt), reason(each)) for each in rows], rows)
            for name, rows in parts
        ],
        "in_one": in_one,
        "now": clock.now(),
        "counts": _counts(entries),
    }
    return render_page(request, "console/doors/muster/sheet.html", context, _HERE)


@site_page(_RUN)
def file(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Send the list as a CSV file."""
    muster = muster_list.running(site)
    audit.record(site, request.user, "export muster list", ("site", site.pk))
    header = [
        *(pgettext("doors", "Zone"), gettext("Name"), gettext("Plate"), gettext("Home or host")),
        *(gettext("Phone"), gettext("People"), gettext("Last seen"), gettext("State")),
        *(gettext("Marked at"), gettext("Marked by")),
    ]
    return csv_response(request, "muster", header, _lines(muster_list.muster_list(site, muster)))


def _lines(entries: Sequence[Entry]) -> Iterator[list[object]]:
    for each in entries:
        mark = each.mark
        yield [
            *(each.area, each.name, each.plate, each.belongs, each.phone, each.people),
            *(each.place.at, state_label(each), mark.at if mark else None),
            mark.by.display_name if mark else "",
        ]


@dialog_page(_RUN)
def begin(request: SiteRequest, site: Site) -> Change:
    """Begin a muster."""
    return Change(
        Dialog(
            title=_("Begin a muster"),
            lead=_("All guards see the same list, and mark who is safe."),
            button=pgettext_lazy("a muster", "Begin"),
        ),
        BeginMusterForm(posted(request)),
        lambda data: musters.begin(site, request.user, is_drill=data["is_drill"]),
        _("The muster has begun."),
        _EVENTS,
    )


@dialog_page(_RUN)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a muster."""
    found = _muster(site, pk)
    counts = _counts(muster_list.muster_list(site, found))
    lead = gettext("%(missing)s people are missing, %(unsure)s are unsure.") % counts
    return Change(
        Dialog(title=_("End the muster"), lead=lead, button=pgettext_lazy("a muster", "End")),
        confirm_form(request),
        lambda data: musters.end(found, request.user),
        _("The muster is over."),
        _EVENTS,
    )


@site_page(_RUN)
@require_POST
def mark(request: SiteRequest, site: Site, pk: int, holder: str) -> HttpResponse:
    """Mark somebody as safe, or take the mark back."""
    found, takes_back = _muster(site, pk), "back" in request.POST
    try:
        if takes_back:
            musters.take_back(found, holder, request.user)
        else:
            musters.mark_safe(found, holder, request.user)
    except Rejection as rejection:
        said = Notice(f"{rejection.message} – {rejection.hint}", "warning")
        return add_notice(HttpResponse(status=204), said, *_EVENTS)
    said = Notice(_("Taken back.") if takes_back else _("Marked as safe."))
    return add_notice(HttpResponse(status=204), said, *_EVENTS)


@dialog_page(DoorPermission.MANAGE_RIGHTS)
def rules(request: SiteRequest, site: Site) -> Change:
    """Set after how many hours it is unsure whether somebody is inside."""
    first = {"sure_hours": muster_list.muster_rules(site).sure_hours}
    return Change(
        Dialog(title=_("Muster list"), button=_("Save")),
        MusterRulesForm(posted(request), initial=first),
        lambda data: musters.set_rules(site, request.user, **data),
        _("Saved."),
        _EVENTS,
    )


def state_label(entry: Entry) -> str:
    """Return what is known of somebody on the list."""
    if entry.mark is not None:
        return pgettext("at a muster", "safe")
    if entry.has_left:
        return gettext("has left since")
    return doubt_label(entry.place.doubt) or pgettext("at a muster", "inside")


def reason(entry: Entry) -> str:
    """Return what somebody is: a visitor by the reason of the visit, or the driver of a car."""
    if entry.reason:
        return str(VisitorPass.Reason(entry.reason).label)
    return "" if entry.name else gettext("driver of a car")


def _counts(entries: Sequence[Entry]) -> dict[str, int]:
    return {
        "missing": sum(each.people for each in entries if each.is_missing),
        "unsure": sum(each.people for each in entries if each.is_unsure),
        "found": sum(each.people for each in entries if each.is_found),
        "all": sum(each.people for each in entries),
    }


def _matches(entry: Entry, text: str, which: str, area: str | None) -> bool:
    if which in _CHOICES and not getattr(entry, f"is_{which}"):
        return False
    if area is not None and entry.area != area:
        return False
    wanted = text.casefold()
    named: tuple[Any, ...] = (entry.name, entry.plate, entry.belongs)
    return any(wanted in each.casefold() for each in named)


def _record(request: SiteRequest, site: Site, muster: Muster | None) -> None:
    subject = ("muster", muster.pk) if muster else ("site", site.pk)
    audit.record_read(site, request.user, "read muster list", subject)


def _muster(site: Site, pk: int) -> Muster:
    rows = Muster.objects.select_related("site", "begun_by", "ended_by")
    return get_object_or_404(rows, site=site, pk=pk)
