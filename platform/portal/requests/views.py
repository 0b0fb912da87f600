"""What a resident has asked for, and requests for access that wait for the unit's owner."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Rejection
from core.models import User
from people.accounts import bindings
from people.accounts import requests as services
from people.models import Binding
from portal.residents import HomeRequest, home_page, redirect_home, render_home

_SHOWN = 50


@require_GET
@home_page
def requests(request: HomeRequest) -> HttpResponse:
    """List the resident's requests, and those that wait for their approval."""
    context = {
        "requests": list(services.requests_of(request.person)[:_SHOWN]),
        "to_approve": list(bindings.to_approve(request.person)),
    }
    return render_home(request, "portal/requests/requests.html", context, here="requests")


@require_POST
@home_page
def withdraw(request: HomeRequest, pk: int) -> HttpResponse:
    """Withdraw a request."""
    found = get_object_or_404(services.requests_of(request.person), pk=pk)
    try:
        services.withdraw(found, request.user)
    except Rejection:
        return redirect_home(request, "requests", _("It was decided meanwhile."))
    return redirect_home(request, "requests", _("Request withdrawn."))


@require_POST
@home_page
def approve(request: HomeRequest, pk: int) -> HttpResponse:
    """Give a person of an own unit access."""
    return _decide(request, pk, bindings.approve, _("Access approved."))


@require_POST
@home_page
def refuse(request: HomeRequest, pk: int) -> HttpResponse:
    """Refuse a person of an own unit access."""
    return _decide(request, pk, bindings.refuse, _("Access refused."))


def _decide(
    request: HomeRequest, pk: int, decide: Callable[[Binding, User], Binding], done: str
) -> HttpResponse:
    found = get_object_or_404(bindings.to_approve(request.person), pk=pk)
    try:
        decide(found, request.user)
    except Rejection:
        done = _("It was decided meanwhile.")
    return redirect_home(request, "requests", done)
