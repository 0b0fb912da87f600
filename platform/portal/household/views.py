"""The members of a household: inviting one, and what each may do."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Rejection
from people.accounts import invitations
from people.accounts.homes import Home, Member, homes_of, members_of, set_switches
from people.accounts.rules import rules_of
from people.models import ResidentInvitation
from portal.household.forms import InviteForm, MemberForm, RightsForm
from portal.residents import HomeRequest, home_or_404, home_page, redirect_home, render_home
from ui.forms import PlainForm

_METHODS = ["GET", "HEAD", "POST"]


@require_GET
@home_page
def household(request: HomeRequest) -> HttpResponse:
    """List the members of each home, and the invitations that wait."""
    homes = [each for each in homes_of(request.person) if each.is_head or each.lives_there]
    context = {
        "homes": [(each, members_of(each.unit)) for each in homes],
        "invitations": _open_invitations(request),
        "may_add": rules_of(request.site).may_add_members,
    }
    return render_home(request, "portal/household/household.html", context, here="household")


@require_http_methods(_METHODS)
@home_page
def invite(request: HomeRequest, unit: int) -> HttpResponse:
    """Add a member to the household, and send an invitation."""
    home = _led_home(request, unit)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            invitations.invite_member(
                home.unit,
                request.person,
                request.user,
                language=_language(request),
                **form.cleaned_data,
            )
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect_home(request, "household", _("Invitation sent."))
    return _form_page(request, "portal/household/invite.html", form, home)


@require_http_methods(_METHODS)
@home_page
def invite_again(request: HomeRequest, unit: int, person: int) -> HttpResponse:
    """Send an invitation to a member who lives there already."""
    home = _led_home(request, unit)
    member = _member_or_404(home, person)
    data = request.POST if request.method == "POST" else None
    form = InviteForm(data, initial={"email": member.person.email})
    if form.is_bound and form.is_valid():
        try:
            invitations.invite_by_mail(
                member.person,
                request.user,
                email=form.cleaned_data["email"],
                language=_language(request),
            )
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect_home(request, "household", _("Invitation sent."))
    return _form_page(request, "portal/household/invite_again.html", form, home, member)


@require_http_methods(_METHODS)
@home_page
def change_rights(request: HomeRequest, unit: int, person: int) -> HttpResponse:
    """Change what a member of the household may do."""
    home = _led_home(request, unit)
    member = _member_or_404(home, person)
    initial = dict.fromkeys(member.may, True)
    form = RightsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            set_switches(home.unit, member.person, request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect_home(request, "household", _("Saved."))
    return _form_page(request, "portal/household/rights.html", form, home, member)


@require_POST
@home_page
def revoke(request: HomeRequest, pk: int) -> HttpResponse:
    """Revoke an invitation that the user has sent."""
    found = get_object_or_404(ResidentInvitation, pk=pk, invited_by=request.user, site=request.site)
    try:
        invitations.revoke(found, request.user)
    except Rejection:
        return redirect_home(request, "household", _("It was accepted or revoked meanwhile."))
    return redirect_home(request, "household", _("Invitation revoked."))


def _led_home(request: HomeRequest, unit: int) -> Home:
    home = home_or_404(request, unit)
    if not home.is_head:
        raise Http404("the person is no owner or tenant")
    return home


def _member_or_404(home: Home, person: int) -> Member:
    found = next((each for each in members_of(home.unit) if each.person.pk == person), None)
    if found is None:
        raise Http404(f"no member {person}")
    return found


def _open_invitations(request: HomeRequest) -> list[ResidentInvitation]:
    rows = invitations.open_invitations(request.site).filter(invited_by=request.user)
    return list(rows)


def _language(request: HomeRequest) -> str:
    return get_language() or request.site.language or settings.LANGUAGE_CODE


def _form_page(
    request: HomeRequest, template: str, form: PlainForm, home: Home, member: Member | None = None
) -> HttpResponse:
    context = {"form": form, "home": home, "member": member}
    status = 422 if form.errors else 200
    return render_home(request, template, context, here="household", status=status)
