"""A visitor's pass: their code, when and where they are expected, and the plate of their car.

Its address is unguessable; it names neither the host nor the visitor.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access import visitors
from access.models import VisitorPass
from core.client_address import client_address
from core.clock import zone
from core.errors import Rejection
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from doors.visits import selectors, services
from doors.visits.rules import visit_rules
from ui.forms import PlateForm, plate_field
from ui.payment_links import qr_code
from ui.waiting import wait_text

# Plates entered for one pass: they can't be used to find out which plates the site knows.
OF_PLATES = Limit("visitor-plates", free=10, first_s=30, longest_s=900, window_s=3600)
# Links without a pass, from one client.
OF_LINKS = Limit("visitor-links", free=20, first_s=1, longest_s=300, window_s=3600)
ACTOR = "visitor"
# While somebody has to approve the visit, the page looks again after so many seconds.
_LOOKS_AGAIN_S = "20"


class VisitForm(PlateForm):
    """The plate of the visitor's car."""

    plate = plate_field()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, code: str) -> HttpResponse:
    """Show a pass, or set its plate; one that has ended or was used up is not shown."""
    found = visitors.pass_of_link(code)
    if found is None:
        return _not_valid(request)
    with timezone.override(zone(found.site.timezone)):
        form = VisitForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            status = _set_plate(found, form)
            if status == 200:
                return redirect("portal:visit", code=code)
            return _page(request, found, form, status)
        return _page(request, found, form, 422 if form.errors else 200)


def _set_plate(found: VisitorPass, form: VisitForm) -> int:
    """Set the plate, and return the status of the answer."""
    try:
        count_attempt((OF_PLATES, str(found.pk)))
        services.set_plate(found, ACTOR, **form.cleaned_data)
    except TooManyAttempts as error:
        form.add_error(None, wait_text(error.wait_s))
        return 429
    except Rejection as rejection:
        form.add_rejection(rejection)
        return 422
    return 200


@never_cache
@require_POST
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Accept the rules of the site."""
    found = visitors.pass_of_link(code)
    if found is None:
        return _not_valid(request)
    services.sign_rules(found, ACTOR)
    return redirect("portal:visit", code=code)


def _page(request: HttpRequest, found: VisitorPass, form: VisitForm, status: int) -> HttpResponse:
    rules = visit_rules(found.site)
    is_contractor = found.reason == VisitorPass.Reason.CONTRACTOR
    context = {
        "site": found.site,
        "visit": found,
        "form": form,
        "rules": rules,
        "doors": selectors.doors_of(found),
        "qr_code": qr_code(services.code_of(found)) if found.is_approved else "",
        "may_change": not found.entries_used,
        "must_sign": is_contractor and rules.contractors_sign and found.rules_signed_at is None,
        "button": _("Change the plate") if found.plate else _("Enter the plate"),
    }
    response = render(request, "portal/visit/visit.html", context, status=status)
    if found.is_waiting and not form.is_bound:
        response.headers["Refresh"] = _LOOKS_AGAIN_S
    return response


def _not_valid(request: HttpRequest) -> HttpResponse:
    """Answer the same to every link without a pass that can be used, whatever the reason."""
    try:
        count_attempt((OF_LINKS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "portal/visit/ended.html", context, status=429)
    return render(request, "portal/visit/ended.html", status=404)
