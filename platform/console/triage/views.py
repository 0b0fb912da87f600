"""The triage board: its rows, the selected incident, and the marks on the map."""

from typing import Any

from django.db.models import Max, QuerySet
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from console.car_links import car_context
from console.pages import render_page
from console.triage.filters import TriageFilter, narrowed
from console.triage.pictures import pictures_of
from console.triage.rows import rows_of, title_of
from console.visible_incidents import visible_incident, visible_incidents
from core import audit
from core.models import Site
from incidents import selectors, services, timeline, triage
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from incidents.procedures import steps_of
from incidents.visibility import sees_devices_alone
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ConfirmForm
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number

_VIEW = IncidentPermission.VIEW_DEVICE_INCIDENTS
# Rows in the page itself; its script fetches the others, at most so many.
FIRST, MOST, TOGETHER = 40, 1000, 100
_LOG = 10


@site_page(_VIEW)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the open incidents, and with ``?incident=`` one of them beside the list."""
    form = TriageFilter(site, request.GET)
    found = _found(request, site, form)
    total = found.count()
    context: dict[str, Any] = {
        "form": form,
        "is_filtered": bool(form.criteria()),
        "rows": rows_of(request, found[:FIRST]),
        "total": total,
        "beyond": max(0, total - MOST),
        "newest": found.order_by().aggregate(newest=Max("pk"))["newest"] or 0,
        "query": _query(request),
    }
    pk = whole_number(request.GET.get("incident", ""))
    if pk is not None and (incident := visible_incidents(request, site).filter(pk=pk).first()):
        context |= _one(request, incident) | {"selected": pk}
    return render_page(request, "console/triage/board.html", context, "triage")


@site_page(_VIEW)
def rows(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the rows ``?id=1&id=2`` as they are now, without those that have left the board."""
    wanted = [whole_number(each) for each in request.GET.getlist("id")[:TOGETHER]]
    found = _found(request, site, TriageFilter(site, request.GET)).filter(
        pk__in=[each for each in wanted if each is not None]
    )
    context = {"rows": rows_of(request, found)}
    return render_fragment(request, "console/triage/rows.html", context)


@site_page(_VIEW)
def versions(request: SiteRequest, site: Site) -> HttpResponse:
    """Return which incidents the board shows, in their order, and the version of each row."""
    found = _found(request, site, TriageFilter(site, request.GET))
    shown = triage.versions(found, MOST)
    return JsonResponse({"rows": [[pk, version] for pk, version in shown.items()]})


@site_page(_VIEW)
def marks(request: SiteRequest, site: Site) -> HttpResponse:
    """Return the open incidents with a position, for the site's map."""
    found = triage.positions(_open(request, site), MOST)
    return JsonResponse(
        {
            "marks": [
                {
                    "pk": each.pk,
                    "severity": each.severity,
                    "label": f"{each.get_severity_display()}: {title_of(each)} · {each.place}",
                    "position": [each.longitude, each.latitude],
                }
                for each in found
            ]
        }
    )


@site_page(_VIEW)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render one incident, open or not, and audit the view."""
    incident = visible_incident(request, site, pk)
    return render_fragment(request, "console/triage/incident.html", _one(request, incident))


@dialog_page(_VIEW, methods=("POST",))
def acknowledge(request: SiteRequest, site: Site, pk: int) -> Change:
    """Acknowledge an incident."""
    incident = visible_incident(request, site, pk)
    return Change(
        Dialog(title=_("Acknowledge"), button=_("Acknowledge")),
        ConfirmForm(request.POST),
        lambda _data: services.acknowledge(incident, request.user),
        _("Acknowledged."),
        [f"live:incident-{pk}"],
    )


@dialog_page(_VIEW, methods=("POST",))
def own(request: SiteRequest, site: Site, pk: int) -> Change:
    """Assign an incident to oneself."""
    incident = visible_incident(request, site, pk)
    return Change(
        Dialog(title=_("Take over"), button=_("Take over")),
        ConfirmForm(request.POST),
        lambda _data: services.assign(incident, request.user, request.user),
        _("You look after this incident."),
        [f"live:incident-{pk}"],
    )


def _open(request: SiteRequest, site: Site) -> QuerySet[Incident]:
    return triage.open_incidents(site, of_devices=sees_devices_alone(request.site_permissions))


def _found(request: SiteRequest, site: Site, form: TriageFilter) -> QuerySet[Incident]:
    return narrowed(_open(request, site), site, request.user, form.criteria())


def _one(request: SiteRequest, incident: Incident) -> dict[str, Any]:
    """Return what the page shows of one incident, and audit the view."""
    audit.record_read(request.site, request.user, "read incident", ("incident", incident.pk))
    (row,) = rows_of(request, [incident])
    log = list(incident.log.all()[:_LOG])
    history = timeline.of(incident)[:_LOG]
    return {
        "row": row,
        "incident": incident,
        "device": selectors.device_of(incident),
        "log": log,
        "photos": list(dict.fromkeys(p for each in log if (p := each.detail.get("passage"))))[:3],
        "pictures": pictures_of(request, incident),
        "steps": steps_of(incident),
        "comments": list(incident.comments.select_related("author").order_by("-at", "-pk")[:_LOG]),
        "is_mine": incident.assigned_to_id == request.user.pk,
        "is_confirmed": incident.state in Incident.CONFIRMED,
        "history": [(each, timeline.describe(each)) for each in history],
        **car_context(request, incident.watch_entry.plate if incident.watch_entry else ""),
    }


def _query(request: SiteRequest) -> str:
    """Return the filters of the address, without the selected incident."""
    params = request.GET.copy()
    params.pop("incident", None)
    return params.urlencode()
