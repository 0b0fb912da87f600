"""The bills of a resident's homes, and paying one, by the rights of the household."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from portal.bills.home_bills import bills_of, stays_of_home
from portal.residents import HomeRequest, home_page, home_with, homes_with, render_home


@require_GET
@home_page
def bills(request: HomeRequest) -> HttpResponse:
    """List what is to be paid, and what was paid, in the homes whose bills the resident may see."""
    homes = [(home, *bills_of(home.unit)) for home in homes_with(request, "may_see_bills")]
    return render_home(request, "portal/bills/bills.html", {"homes": homes}, here="bills")


@require_GET
@home_page
def pay(request: HomeRequest, unit: int, pk: int) -> HttpResponse:
    """Redirect to the page on which a stay of a home's car is paid."""
    home = home_with(request, unit, "may_pay")
    stay = get_object_or_404(stays_of_home(home.unit), pk=pk)
    return redirect("portal:stay", public_id=stay.public_id)
