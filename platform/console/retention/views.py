"""How long personal data is kept, legal holds, and what was deleted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.holder_picker import posted_search
from console.pages import render_page
from console.retention.forms import HOLD_FORMS, ExtendForm, PeriodForm
from console.retention.rows import hold_rows, label_of, period_rows
from core import audit, clock, retention
from core.models import LegalHold, RetentionReport, Site
from core.permissions import SitePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.exports import csv_response
from ui.forms import PlainForm, ReasonForm, posted
from ui.pages import SiteRequest, render_fragment, site_page
from ui.tables import paginate

CHANGED = ["list-changed"]
_REPORTED = timedelta(days=365)
_TITLES = {
    LegalHold.Kind.PLATE: gettext_lazy("Hold the data of a plate"),
    LegalHold.Kind.PERSON: gettext_lazy("Hold the data of a person"),
    LegalHold.Kind.INCIDENT: gettext_lazy("Hold the data of an incident"),
    LegalHold.Kind.PERIOD: gettext_lazy("Hold the data of a period"),
}


@site_page(SitePermission.MANAGE_RETENTION)
@require_safe
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the holds in force, the periods, and what was deleted; audit the view of the holds."""
    holds = hold_rows(retention.holds_in_force(site).select_related("owner"))
    if holds:
        audit.record_read(site, request.user, "read legal holds", ("site", site.pk))
    reports = paginate(request, _reports(site), 25)
    context = {
        "holds": holds,
        "kinds": LegalHold.Kind.choices,
        "periods": period_rows(site),
        "page": reports,
        "reports": [(each, label_of(each.code)) for each in reports],
    }
    return render_page(request, "console/retention/page.html", context, "retention")


@site_page(SitePermission.MANAGE_RETENTION)
@require_http_methods(["GET", "HEAD"])
def export(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Return what the jobs deleted as CSV."""
    header = [_("Time"), _("Data"), _("Deleted"), _("Kept by a hold")]
    return csv_response(request, "deleted-data", header, _lines(site))


@dialog_page(SitePermission.MANAGE_RETENTION)
def set_period(request: SiteRequest, site: Site, code: str) -> Change:
    """Set for how long a class of data is kept."""
    row = next((each for each in period_rows(site) if each.data.code == code), None)
    if row is None:
        raise Http404(code)
    lead = _("Standard: %(days)s days, %(from)s. Data past the period is deleted within a day.")
    dialog = Dialog(
        title=row.data.label,
        lead=lead % {"days": row.data.standard(), "from": row.data.counted_from},
        button=_("Save"),
    )
    first = {"days": row.days, "legal_basis": row.legal_basis}
    return _changed(
        dialog,
        PeriodForm(posted(request), initial=first),
        lambda data: retention.set_period(
            site, request.user, code, data["days"], data["legal_basis"]
        ),
    )


@dialog_page(SitePermission.MANAGE_RETENTION)
def place_hold(request: SiteRequest, site: Site, kind: str) -> Change:
    """Place a legal hold."""
    if kind not in HOLD_FORMS:
        raise Http404(kind)
    form = HOLD_FORMS[kind](site, posted(request), initial=request.GET.dict())
    dialog = Dialog(
        title=_TITLES[LegalHold.Kind(kind)],
        lead=_("Nothing that it covers is deleted while it is in force."),
        button=_("Place hold"),
    )
    return _changed(
        dialog,
        form,
        lambda data: retention.place_hold(
            site,
            request.user,
            form.subject(data),
            reason=data["reason"],
            ends_at=data["ends_at"],
        ),
    )


@site_page(SitePermission.MANAGE_RETENTION)
@require_POST
def find_people(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the people who match the text in the dialog of a hold."""
    found = posted_search(request, site, people_only=True)
    return render_fragment(request, "console/people_found.html", found)


@dialog_page(SitePermission.MANAGE_RETENTION)
def extend_hold(request: SiteRequest, site: Site, pk: int) -> Change:
    """Move the review of a hold to a later day."""
    hold = _hold(site, pk)
    lead = _("Its review is due on %(day)s. It was placed for: %(reason)s")
    day = f"{timezone.localtime(hold.ends_at):%Y-%m-%d}"
    dialog = Dialog(
        title=_("Extend hold"),
        lead=lead % {"day": day, "reason": hold.reason},
        button=_("Extend"),
    )
    return _changed(
        dialog,
        ExtendForm(hold, posted(request)),
        lambda data: retention.extend_hold(hold, request.user, data["ends_at"], data["reason"]),
    )


@dialog_page(SitePermission.MANAGE_RETENTION)
def release_hold(request: SiteRequest, site: Site, pk: int) -> Change:
    """Release a hold of another person."""
    hold = _hold(site, pk)
    dialog = Dialog(
        title=_("Release hold"),
        lead=_(
            "Data past its period is then deleted within a day, and can't be restored. Check first "
            "that the proceedings are over: %(reason)s"
        )
        % {"reason": hold.reason},
        button=_("Release"),
        tone="danger-soft",
    )
    return _changed(
        dialog,
        ReasonForm(posted(request)),
        lambda data: retention.release_hold(hold, request.user, data["reason"]),
    )


def _changed(dialog: Dialog, form: PlainForm, perform: Any) -> Change:
    return Change(dialog, form, perform, gettext_lazy("Saved."), CHANGED)


def _hold(site: Site, pk: int) -> LegalHold:
    return get_object_or_404(LegalHold, site=site, pk=pk)


def _reports(site: Site) -> QuerySet[RetentionReport]:
    return RetentionReport.objects.filter(site=site, at__gte=clock.now() - _REPORTED)


def _lines(site: Site) -> Iterator[list[object]]:
    for row in _reports(site).iterator():
        yield [row.at, label_of(row.code), row.deleted, row.held]
