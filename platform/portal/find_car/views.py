"""Find the stay of a car by its plate."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.models import Site
from parking.arrears import find_unpaid
from parking.plate_search import find_inside
from portal.find_car.choice import choices, chosen
from portal.find_car.forms import FindForm
from portal.find_car.throttle import count_look_up


@require_GET
@never_cache
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the search; an exact match redirects to its stay, other matches are listed."""
    site = get_object_or_404(Site, slug=slug)
    form = FindForm(request.GET if "plate" in request.GET else None)
    context: dict[str, Any] = {"site": site, "form": form}
    if form.is_bound and form.is_valid():
        if not count_look_up(request):
            return render(request, "portal/find_car/too_often.html", context, status=429)
        plate = form.cleaned_data["plate"]
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
    if not count_look_up(request):
        return render(request, "portal/find_car/too_often.html", {"site": site}, status=429)
    stay = chosen(site, request.POST.get("token", ""))
    if stay is None:
        return redirect("portal:find", slug=slug)
    return redirect("portal:stay", public_id=stay.public_id)
