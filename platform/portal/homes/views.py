"""A resident's homes, the page of one of them, and the request for access to one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.models import Site
from core.money import Money
from core.rate_limits import TooManyAttempts
from parking.arrears import find_unpaid
from parking.models import Stay
from parking.plate_search import find_inside
from parking.quotes import quoted_due
from parking.selectors import Due
from people.accounts import bindings, invitations
from people.accounts.homes import homes_of, members_of
from people.accounts.requests import cars_of, waiting_cars
from people.models import Person
from portal.homes.forms import AccessForm
from portal.own_bills import visible_bills
from portal.residents import HomeRequest, MissingRight, home_page, render_home, signed_in_page
from ui.waiting import wait_text

# The names of the sites at which the user has asked for access in this session.
_ASKED = "asked-for-access"


@dataclass(frozen=True)
class CarStay:
    """A stay of a resident's car that goes on, or is unpaid."""

    stay: Stay
    due: Due


@require_GET
@signed_in_page
def homes(request: HomeRequest) -> HttpResponse:
    """List the user's homes, or redirect to the only one."""
    own = list(bindings.bindings_of(request.user))
    pending = list(bindings.pending_of(request.user))
    invited = invitations.addressed_to(request.user)
    others = [*pending, *invited, *request.session.get(_ASKED, [])]
    if len(own) == 1 and not others and "all" not in request.GET:
        return redirect("portal:home", binding=own[0].pk)
    context = {
        "homes": [(each, homes_of(each.person)) for each in own],
        "pending": pending,
        "asked": request.session.get(_ASKED, []),
        "invitations": [(each, invitations.token_of(each)) for each in invited],
    }
    return render(request, "portal/homes/homes.html", context)


@require_GET
@home_page
def home(request: HomeRequest) -> HttpResponse:
    """Show a home: what is due, the cars inside, the household."""
    person = request.person
    own = homes_of(person)
    context: dict[str, Any] = {
        "homes": [(each, members_of(each.unit) if each.lives_there else []) for each in own],
        "cars": list(cars_of(person)),
        "waiting_cars": list(waiting_cars(person)),
        "stays": _stays_of(person),
        **_bills(request),
    }
    return render_home(request, "portal/homes/home.html", context, here="home")


def _bills(request: HomeRequest) -> dict[str, Any]:
    """Return what is owed of the bills that the resident may see, the next due first."""
    try:
        unpaid = list(visible_bills(request).filter(owed__gt=0).order_by("due_on", "pk"))
    except MissingRight:
        return {"sees_bills": False}
    owed = sum(bill.owed for bill in unpaid)
    return {
        "sees_bills": True,
        "unpaid": unpaid,
        "owed": Money(owed, request.site.currency),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def request_access(request: HomeRequest, slug: str) -> HttpResponse:
    """Ask for access to a home; the answer is the same whether it exists or not."""
    site = get_object_or_404(Site, slug=slug)
    form = AccessForm(request.POST if request.method == "POST" else None)
    template, context = "portal/homes/request_access.html", {"site": site, "form": form}
    if not form.is_bound or not form.is_valid():
        return render(request, template, context, status=422 if form.errors else 200)
    try:
        bindings.request_by_home(site, request.user, **form.cleaned_data)
    except TooManyAttempts as error:
        form.add_error(None, wait_text(error.wait_s))
        return render(request, template, context, status=429)
    _remember_request(request, site)
    messages.success(
        request, _("Sent. If name and unit match the register, the management decides about it.")
    )
    return redirect("portal:homes")


def _remember_request(request: HomeRequest, site: Site) -> None:
    """Note that the user has asked at a site, whether that found a person or not."""
    asked = request.session.get(_ASKED, [])
    request.session[_ASKED] = list(dict.fromkeys([*asked, site.name]))


def _stays_of(person: Person) -> list[CarStay]:
    """Return the stays of the person's cars that go on, and those that are unpaid."""
    found: dict[int, Stay] = {}
    for car in cars_of(person):
        inside = [stay for stay in find_inside(person.site, car.plate) if stay.plate == car.plate]
        for stay in [*inside, *find_unpaid(person.site, car.plate)]:
            found[stay.pk] = stay
    return [CarStay(stay, quoted_due(stay)) for stay in found.values()]
