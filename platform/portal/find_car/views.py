"""Find the stay of a car by its plate."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.models import Site
from parking import selectors as parking
from portal.find_car.forms import FindForm
from portal.find_car.throttle import count_look_up


@require_GET
@never_cache
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the search; an exact match redirects to its stay, look-alikes are listed."""
    site = get_object_or_404(Site, slug=slug)
    form = FindForm(request.GET if "plate" in request.GET else None)
    context: dict[str, Any] = {"site": site, "form": form}
    if form.is_bound and form.is_valid():
        if not count_look_up(request):
            return render(request, "portal/find_car/too_often.html", context, status=429)
        plate = form.cleaned_data["plate"]
        found = parking.find_inside(site, plate)
        if len(found) == 1 and found[0].plate == plate:
            return redirect("portal:stay", public_id=found[0].public_id)
        context |= {"looked": True, "plate": plate, "found": found}
    return render(request, "portal/find_car/find.html", context)
