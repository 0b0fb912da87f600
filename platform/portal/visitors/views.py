"""A resident's visitors: whom the home expects, inviting one, the pass to share, cancelling it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import lists
from access import visitors as services
from access.models import VisitorPass
from core.errors import Rejection
from people.accounts.rules import rules_of
from portal.residents import (
    HomeRequest,
    home_page,
    home_with,
    homes_with,
    redirect_home,
    render_home,
)
from portal.visitors.forms import VisitorForm
from ui.payment_links import qr_code
from ui.visitor_links import message_of, visit_url

_RIGHT = "may_invite_visitors"
_HERE = "visitors"


@require_GET
@home_page
def visitors(request: HomeRequest) -> HttpResponse:
    """List the visitors of the homes in which the resident may invite some."""
    homes = [
        (home, services.passes_left(home.unit), list(services.passes_of(home)))
        for home in homes_with(request, _RIGHT)
    ]
    context = {"homes": homes, "rules": rules_of(request.site)}
    return render_home(request, "portal/visitors/visitors.html", context, here=_HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def invite(request: HomeRequest, unit: int) -> HttpResponse:
    """Invite a visitor, and show the pass to share."""
    home = home_with(request, unit, _RIGHT)
    rules = rules_of(request.site)
    form = VisitorForm(rules, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.invite_visitor(home, request.person, request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect("portal:visitor", binding=request.binding.pk, pk=made.pk)
    context = {"form": form, "home": home, "rules": rules, "left": services.passes_left(home.unit)}
    status = 422 if form.errors else 200
    return render_home(request, "portal/visitors/invite.html", context, here=_HERE, status=status)


@require_GET
@home_page
def visitor(request: HomeRequest, pk: int) -> HttpResponse:
    """Show a visitor's pass, to be shared as a text or as a QR code."""
    found = _visitor_or_404(request, pk)
    context = {
        "visit": found,
        "link": visit_url(found),
        "message": message_of(found),
        "qr_code": qr_code(visit_url(found)),
    }
    return render_home(request, "portal/visitors/visitor.html", context, here=_HERE)


@require_POST
@home_page
def cancel(request: HomeRequest, pk: int) -> HttpResponse:
    """Cancel a visitor's pass."""
    lists.cancel_pass(_visitor_or_404(request, pk), request.user)
    return redirect_home(request, "visitors", _("Pass cancelled."))


def _visitor_or_404(request: HomeRequest, pk: int) -> VisitorPass:
    """Return a visitor's pass of a home in which the resident may invite visitors."""
    units = [home.unit.pk for home in homes_with(request, _RIGHT)]
    rows = VisitorPass.objects.select_related("site", "host", "unit__building")
    return get_object_or_404(rows, pk=pk, site=request.site, unit__in=units)
