"""Find the stay of a car by its plate."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.models import Site
from core.rate_limits import TooManyAttempts
from parking.arrears import find_unpaid
from parking.plate_search import find_inside
from portal.find_car.choice import choices, chosen
from portal.find_car.forms import FindForm
from portal.find_car.throttle import count_look_up
from ui.waiting import wait_text


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the search; an exact match redirects to its stay, other matches are listed.

    The plate is sent by POST: an address with a plate would be in the logs of every proxy and in
    the history of the browser.
    """
    site = get_object_or_404(Site, slug=slug)
    form = FindForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"site": site, "form": form}
    if form.is_bound and form.is_valid():
        plate = form.cleaned_data["plate"]
        try:
            count_look_up(request, plate)
        except TooManyAttempts as error:
            return _too_often(request, site, error)
        found, unpaid = find_inside(site, plate), find_unpaid(site, plate)
        exact = [stay for stay in found if stay.plate == plate] + unpaid
        if len(exact) == 1 and len(found) <= 1:
            return redirect("portal:stay", public_id=exact[0].public_id)
        context |= {"looked": True, "plate": plate, "found": found, "unpaid": unpaid}
        context["choices"] = [] if found or unpaid else choices(site, plate)
    return render(request, "portal/find_car/find.html", context)


@require_POST
@never_cache
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Redirect to the stay of the car that the driver chose, or to the search again."""
    site = get_object_or_404(Site, slug=slug)
    try:
        count_look_up(request)
    except TooManyAttempts as error:
        return _too_often(request, site, error)
    stay = chosen(site, request.POST.get("token", ""))
    if stay is None:
        return redirect("portal:find", slug=slug)
    return redirect("portal:stay", public_id=stay.public_id)


def _too_often(request: HttpRequest, site: Site, error: TooManyAttempts) -> HttpResponse:
    context = {"site": site, "wait": wait_text(error.wait_s)}
    response = render(request, "portal/find_car/too_often.html", context, status=429)
    response["Retry-After"] = str(error.wait_s)
    return response
