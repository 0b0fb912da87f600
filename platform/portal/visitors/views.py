"""A resident's visitors: who is expected, inviting and approving, the pass to share."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import visitors as passes
from access.models import VisitorPass
from core.errors import Rejection
from doors.visits import deliveries, selectors, services
from doors.visits.rules import visit_rules
from people.accounts.rules import rules_of
from portal.residents import (
    HomeRequest,
    home_page,
    home_with,
    homes_with,
    redirect_home,
    render_home,
)
from portal.visitors.forms import DeliveryForm, VisitorForm
from ui.payment_links import qr_code
from ui.rejections import sentences
from ui.visitor_links import message_of, visit_url

_RIGHT = "may_invite_visitors"
_HERE = "visitors"


@require_GET
@home_page
def visitors(request: HomeRequest) -> HttpResponse:
    """List the visitors of the homes in which the resident may invite some."""
    homes = [
        {
            "home": home,
            "left": passes.passes_left(home.unit),
            "waiting": list(selectors.waiting_for(home)),
            "passes": list(passes.passes_of(home).exclude(selectors.is_waiting())),
            "takes_deliveries": bool(deliveries.doors_for(home.unit)),
        }
        for home in homes_with(request, _RIGHT)
    ]
    context = {"homes": homes, "rules": rules_of(request.site)}
    return render_home(request, "portal/visitors/visitors.html", context, here=_HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def invite(request: HomeRequest, unit: int) -> HttpResponse:
    """Invite a visitor, and show the pass to share."""
    home = home_with(request, unit, _RIGHT)
    rules, asked = rules_of(request.site), visit_rules(request.site)
    form = VisitorForm(rules, asked, home.unit, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.invite(home, request.person, request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect("portal:visitor", binding=request.binding.pk, pk=made.pk)
    context = {
        "form": form,
        "home": home,
        "rules": rules,
        "approved": [VisitorPass.Reason(each).label for each in asked.approved_by_staff],
        "left": passes.passes_left(home.unit),
    }
    status = 422 if form.errors else 200
    return render_home(request, "portal/visitors/invite.html", context, here=_HERE, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def delivery(request: HomeRequest, unit: int) -> HttpResponse:
    """Issue a code for a delivery, which is shown once."""
    home = home_with(request, unit, _RIGHT)
    form = DeliveryForm(home.unit, request.POST if request.method == "POST" else None)
    context = {"form": form, "home": home}
    if form.is_bound and form.is_valid():
        try:
            visit, pin = deliveries.issue_delivery_code(
                form.cleaned_data["door"],
                request.user,
                unit=home.unit,
                host=request.person,
                name=form.cleaned_data["name"],
            )
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            context |= {"visit": visit, "pin": pin, "door": form.cleaned_data["door"]}
    status = 422 if form.errors else 200
    return render_home(request, "portal/visitors/delivery.html", context, here=_HERE, status=status)


@require_GET
@home_page
def visitor(request: HomeRequest, pk: int) -> HttpResponse:
    """Show a visitor's pass, to be shared as a text or as a QR code."""
    found = _visitor_or_404(request, pk)
    context = {
        "visit": found,
        "doors": selectors.doors_of(found),
        "for_staff": found.is_waiting and services.is_for_staff(found),
        "link": visit_url(found),
        "message": message_of(found),
        "qr_code": qr_code(visit_url(found)),
    }
    return render_home(request, "portal/visitors/visitor.html", context, here=_HERE)


@require_POST
@home_page
def cancel(request: HomeRequest, pk: int) -> HttpResponse:
    """Cancel a visitor's pass."""
    services.end(_visitor_or_404(request, pk), request.user)
    return redirect_home(request, "visitors", _("Pass cancelled."))


@require_POST
@home_page
def approve(request: HomeRequest, pk: int) -> HttpResponse:
    """Approve a visitor who asks to come in."""
    found = _visitor_or_404(request, pk)
    try:
        services.approve(found, request.user, by_host=True)
    except Rejection as rejection:
        return redirect_home(request, "visitors", sentences(rejection))
    return redirect_home(request, "visitors", _("The visitor may come in."))


@require_POST
@home_page
def decline(request: HomeRequest, pk: int) -> HttpResponse:
    """Decline a visitor who asks to come in."""
    found = _visitor_or_404(request, pk)
    try:
        services.decline(found, request.user)
    except Rejection as rejection:
        return redirect_home(request, "visitors", sentences(rejection))
    return redirect_home(request, "visitors", _("The visitor was declined."))


def _visitor_or_404(request: HomeRequest, pk: int) -> VisitorPass:
    """Return a visitor's pass of a home in which the resident may invite visitors."""
    units = [home.unit.pk for home in homes_with(request, _RIGHT)]
    rows = VisitorPass.objects.select_related("site", "host", "unit__building")
    return get_object_or_404(rows, pk=pk, site=request.site, unit__in=units)
