"""Rights at doors: the list, granting and withdrawing, who may enter at a door."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from console.door_rights.forms import KEPT, EndForm, GrantForm
from console.door_rights.listing import RIGHTS
from console.holder_picker import first_choice, posted_search
from console.pages import render_list, render_page
from core import audit, clock
from core.models import Site
from doors import admission, granting
from doors.holders import name_of
from doors.models import Right
from doors.permissions import DoorPermission
from estate.models import Door
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, render_fragment, site_page
from ui.tables import paginate

CHANGED = ("list-changed",)
_MANAGE = DoorPermission.MANAGE_RIGHTS
bulk = bulk_view(RIGHTS, _MANAGE)


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the rights at the doors of a site."""
    show = render_list(request, "door_rights", "console/door_rights/list.html")
    return list_page(request, RIGHTS, show)


@site_page(_MANAGE)
@require_POST
def find_holders(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people and companies who match the posted name."""
    return render_fragment(request, "console/people_found.html", posted_search(request, site))


@dialog_page(_MANAGE)
def grant(request: SiteRequest, site: Site) -> Change:
    """Grant a right; ``holder``, ``group`` and ``profile`` in the address are chosen already."""
    holder = request.GET.get("holder", "")
    who = request.POST.get("who") or request.GET.get("who") or _kind_of(holder)
    who = who if who in Right.Who.values else Right.Who.PERSON
    initial = {name: request.GET.get(name, "") for name in KEPT}
    initial |= {**first_choice(site, holder), "who": who}
    form = GrantForm(site, who, request.path, posted(request), initial=initial)

    def perform(data: dict[str, Any]) -> Right:
        group, of = data.pop("group"), data.pop("holder")
        return granting.grant(group, request.user, of, origin=granting.origin_of(of), **data)

    return Change(
        Dialog(title=_("Grant a right at doors"), button=_("Grant")),
        form,
        perform,
        lambda right: (
            gettext("%(holder)s may enter: %(group)s.")
            % {"holder": name_of(right), "group": right.group.name}
        ),
        CHANGED,
    )


@dialog_page(_MANAGE)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw a right, at once or later."""
    right = _right(site, pk)
    names = {"holder": name_of(right), "group": right.group.name}
    return Change(
        Dialog(
            title=_("Withdraw the right of %(holder)s at %(group)s") % names,
            lead=_("From then on it opens no door."),
            button=_("Withdraw"),
            tone="danger-soft",
        ),
        EndForm(posted(request)),
        lambda data: granting.end_right(right, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@site_page(_MANAGE)
def people(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show who holds a right today, by occupancies and roles."""
    right = _right(site, pk)
    audit.record_read(site, request.user, "read holders of right", ("door_right", pk))
    holders = admission.holders_of(right, clock.now()).order_by("name", "pk")
    context = {
        "right": right,
        "page": paginate(request, holders),
        "may_open": PeoplePermission.VIEW_PEOPLE in request.site_permissions,
    }
    return render_page(request, "console/door_rights/people.html", context, "door_rights")


@site_page(_MANAGE)
def at_door(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show who may enter at a door: each right with how many people hold it today."""
    door = get_object_or_404(Door.objects.select_related("site"), site=site, pk=pk)
    now = clock.now()
    rights = admission.rights_at(door).select_related("site")
    found = paginate(request, rights)
    context = {
        "door": door,
        "page": found,
        "rights": [(right, admission.holders_of(right, now).count()) for right in found],
    }
    return render_page(request, "console/door_rights/at_door.html", context, "door_rights")


def _kind_of(holder: str) -> str:
    return Right.Who.COMPANY if holder.startswith("company") else Right.Who.PERSON


def _right(site: Site, pk: int) -> Right:
    rows = admission.with_holders(Right.objects.filter(site=site)).select_related("site")
    return get_object_or_404(rows, pk=pk)
