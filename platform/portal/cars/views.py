"""A resident's cars: adding one by the site's rule, and ending one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Rejection
from people.accounts import requests
from people.accounts.homes import homes_of
from people.accounts.rules import rules_of
from people.models import Vehicle
from portal.residents import HomeRequest, home_or_404, home_page, redirect_home, render_home
from ui.forms import PlateForm, plate_field


class CarForm(PlateForm):
    """The plate of a car."""

    plate = plate_field()


@require_GET
@home_page
def cars(request: HomeRequest) -> HttpResponse:
    """List the resident's cars, and how many more each home may have."""
    context = {
        "cars": list(requests.cars_of(request.person)),
        "waiting_cars": list(requests.waiting_cars(request.person)),
        "homes": [(each, requests.cars_left(each.unit)) for each in homes_of(request.person)],
    }
    return render_home(request, "portal/cars/cars.html", context, here="cars")


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def add_car(request: HomeRequest, unit: int) -> HttpResponse:
    """Add a car to a home, or ask for it."""
    home = home_or_404(request, unit)
    form = CarForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            added = requests.add_car(home, request.person, request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            done = isinstance(added, Vehicle)
            text = _("Car added.") if done else _("Requested. The management decides about it.")
            return redirect_home(request, "cars", text)
    context = {
        "form": form,
        "home": home,
        "left": requests.cars_left(home.unit),
        "needs_approval": rules_of(request.site).cars_need_approval,
    }
    status = 422 if form.errors else 200
    return render_home(request, "portal/cars/add.html", context, here="cars", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def end_car(request: HomeRequest, pk: int) -> HttpResponse:
    """Ask whether to end a car's registration, and end it."""
    car = get_object_or_404(requests.cars_of(request.person), pk=pk)
    if request.method == "POST":
        requests.end_car(car, request.user)
        return redirect_home(request, "cars", _("The car's registration has ended."))
    return render_home(request, "portal/cars/end.html", {"car": car}, here="cars")
