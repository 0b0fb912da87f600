"""Passages at doors: the list, one of them explained, and forgiving who entered twice."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.doors.listing import PASSAGES
from console.pages import render_list, render_page
from core import audit
from core.models import Site
from doors import passback
from doors.labels import RULE_LABELS, means_label, reason_label, trace_label
from doors.models import DoorPassage
from doors.permissions import DoorPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.lists import list_page
from ui.pages import SiteRequest, site_page


@site_page(DoorPermission.VIEW_DOOR_PASSAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def page_of_list(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the passages at doors."""
    return list_page(request, PASSAGES, render_list(request, "door_passages"))


@site_page(DoorPermission.VIEW_DOOR_PASSAGES)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Explain a passage, and audit the view."""
    passage = _passage(site, pk)
    audit.record_read(site, request.user, "read door passage", ("door_passage", pk))
    context = {
        "passage": passage,
        "means": means_label(passage.means),
        "why": reason_label(passage.rule, passage.facts),
        "steps": [_step(each) for each in passage.trace],
        "held_inside": passage.person is not None and bool(passback.groups_holding(passage.person)),
    }
    return render_page(request, "console/doors/passage.html", context, "door_passages")


@dialog_page(DoorPermission.OPEN_DOORS)
def forgive(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let the person of a passage enter again who has not left."""
    passage = _passage(site, pk)
    person = passage.person
    name = person.name if person else ""
    return Change(
        Dialog(
            title=_("Forgive that %(name)s has not left") % {"name": name},
            lead=_("The person may enter again, at all doors where entering twice is refused."),
            button=_("Forgive"),
        ),
        confirm_form(request),
        lambda data: passback.forgive_all(person, request.user) if person else 0,
        _("Forgiven."),
        ["live:door_passage"],
    )


def _passage(site: Site, pk: int) -> DoorPassage:
    rows = DoorPassage.objects.select_related(
        "door", "device", "person", "visit", "card", "token", "command"
    )
    return get_object_or_404(rows, site=site, pk=pk)


def _step(each: dict[str, Any]) -> dict[str, Any]:
    rule, facts = each["rule"], each.get("facts", {})
    said = trace_label(rule, each["result"], facts)
    return {**each, "name": RULE_LABELS.get(rule, rule), "said": said}
