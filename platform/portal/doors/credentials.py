"""A resident's credentials: the code to show, the PIN, and a card that was lost."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.errors import Rejection
from doors import own_credentials, selectors, services, tokens
from doors.models import Card, Token
from portal.doors.views import HERE
from portal.residents import HomeRequest, home_page, redirect_home, render_home
from ui.payment_links import qr_code


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def code(request: HomeRequest) -> HttpResponse:
    """Show the code of the moment, which the page fetches anew while it is open.

    The first one is issued by a POST.
    """
    token, problem = own_credentials.in_use(request.person, Token.Means.QR), None
    if request.method == "POST":
        try:
            token = own_credentials.own_code(request.person, request.user)
        except Rejection as rejection:
            problem = rejection
    shown = None
    if token is not None and token.state == Token.State.ACTIVE:
        shown = qr_code(tokens.shown_code(token, clock.now()))
    context = {"token": token, "qr_code": shown, "problem": problem}
    if request.headers.get("HX-Request"):
        return render(
            request, "portal/doors/shown_code.html", {**context, "binding": request.binding}
        )
    status = 422 if problem else 200
    return render_home(request, "portal/doors/code.html", context, here=HERE, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def pin(request: HomeRequest) -> HttpResponse:
    """Ask whether to issue a PIN, and show it once."""
    shown, problem = "", None
    if request.method == "POST":
        try:
            shown = own_credentials.renew_pin(request.person, request.user)
        except Rejection as rejection:
            problem = rejection
    former = own_credentials.in_use(request.person, Token.Means.PIN)
    context = {"pin": shown, "former": former, "problem": problem}
    status = 422 if problem else 200
    return render_home(request, "portal/doors/pin.html", context, here=HERE, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def lose_card(request: HomeRequest, pk: int) -> HttpResponse:
    """Ask whether a card is lost, and let it open nothing from then on."""
    usable = [Card.State.ACTIVE, Card.State.SUSPENDED]
    card = get_object_or_404(selectors.cards_of(request.person).filter(state__in=usable), pk=pk)
    if request.method == "POST":
        services.report_lost(card, request.user)
        return redirect_home(request, "own_doors", _("The card opens no door any more."))
    return render_home(request, "portal/doors/lost.html", {"card": card}, here=HERE)
