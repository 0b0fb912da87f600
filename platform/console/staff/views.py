"""The site's staff: the list, a colleague's page, and changes of access."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.pages import redirect_to, render_list, render_page
from console.staff.forms import InviteForm, RolesForm, roles_of
from console.staff.invitation_views import invited_people
from console.staff.listing import STAFF, role_names
from core.models import Site, User
from people import colleagues, second_factor
from people.colleagues import Invitation
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, run_dialog
from ui.forms import ReasonForm
from ui.lists import list_page
from ui.pages import SiteRequest, render_fragment, site_page

CHANGED = ["list-changed"]


@site_page(PeoplePermission.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the people who work at the site, and those who are invited."""
    render = render_list(request, "staff", "console/staff/list.html")
    return list_page(request, STAFF, lambda context: render({**context, **invited_people(site)}))


@site_page(PeoplePermission.MANAGE_STAFF)
def colleague(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a colleague's roles and what happened to the account."""
    user = _colleague_or_404(site, pk)
    has_factor = second_factor.has_second_factor(user)
    context = {"colleague": user, "roles": role_names(user), "has_factor": has_factor}
    return render_page(request, "console/staff/colleague.html", context, "staff")


@site_page(PeoplePermission.MANAGE_STAFF)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invite(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a colleague; the one-time password is shown once."""
    dialog = Dialog(
        title=_("Invite a colleague"),
        lead=_("You get a one-time password for the colleague, who replaces it at once."),
        button=_("Invite"),
    )
    return run_dialog(
        request,
        dialog,
        InviteForm(site, request.POST or None),
        lambda data: colleagues.invite_colleague(site, request.user, **data),
        _("Colleague added."),
        lambda added: _one_time_password(request, added),
        events=CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def change_roles(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a colleague's roles."""
    user = _colleague_or_404(site, pk)
    dialog = Dialog(
        title=_("Roles of %(name)s") % {"name": user.display_name},
        lead=_("They take effect at once, on open pages too."),
        button=_("Save"),
    )
    return Change(
        dialog,
        RolesForm(site, request.POST or None, initial={"roles": roles_of(user, site)}),
        lambda data: colleagues.change_roles(site, user, request.user, data["roles"]),
        _("Roles changed."),
        CHANGED,
    )


@site_page(PeoplePermission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def reset_password(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Give a colleague a one-time password, shown once."""
    user = _colleague_or_404(site, pk)
    dialog = Dialog(
        title=_("New password for %(name)s") % {"name": user.display_name},
        lead=_("The current password ends, and the colleague is signed out everywhere."),
        button=_("Reset password"),
        tone="danger-soft",
    )
    return run_dialog(
        request,
        dialog,
        confirm_form(request),
        lambda data: Invitation(user, colleagues.reset_password(site, user, request.user)),
        _("Password reset."),
        lambda made: _one_time_password(request, made),
        events=CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def reset_second_factor(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a colleague's second factor, such as that of a lost phone."""
    user = _colleague_or_404(site, pk)
    dialog = Dialog(
        title=_("Reset the second factor of %(name)s") % {"name": user.display_name},
        lead=_("Make sure that it is the colleague who asks. The password alone signs in then."),
        button=_("Reset second factor"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        ReasonForm(request.POST or None),
        lambda data: second_factor.reset_second_factor(site, user, request.user, data["reason"]),
        _("Second factor reset."),
        CHANGED,
    )


@site_page(PeoplePermission.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def end_access(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End a colleague's access to the site, and return to the list."""
    user = _colleague_or_404(site, pk)
    dialog = Dialog(
        title=_("End the access of %(name)s") % {"name": user.display_name},
        lead=_("All roles at this site end at once, and open pages are closed."),
        button=_("End access"),
        tone="danger-soft",
    )
    return run_dialog(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda data: colleagues.end_access(site, user, request.user, data["reason"]),
        _("Access ended."),
        lambda _ended: redirect_to(request, "staff", site.slug),
    )


def _colleague_or_404(site: Site, pk: int) -> User:
    return get_object_or_404(colleagues.colleagues(site), pk=pk)


def _one_time_password(request: SiteRequest, made: Invitation) -> HttpResponse:
    context = {"invited": made.user, "password": made.password, "login": request.get_host()}
    return render_fragment(request, "console/staff/one_time_password.html", context)
