"""Turn auto-pay on and off, and see what it will collect."""

from contextlib import suppress

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.models import AutoPay
from billing.selectors import online_payment_available
from billing.services.autopay import (
    NOTICE_DAYS,
    Consent,
    begin_autopay,
    refresh_autopay,
    stop_autopay,
)
from core.errors import Rejection
from core.money import Money
from portal.autopay.forms import AutoPayForm
from portal.residents import HomeRequest, home_page, redirect_home, render_home

_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def page(request: HomeRequest) -> HttpResponse:
    """Show whether it is on and what it will collect, or turn it on."""
    form = AutoPayForm(
        request.POST if request.method == "POST" else None,
        initial={"email": request.person.email},
        currency=request.site.currency,
    )
    if form.is_bound and form.is_valid():
        try:
            return HttpResponseRedirect(_begin(request, form), status=303)
        except Rejection as rejection:
            form.add_rejection(rejection)
    return _render(request, form)


@require_GET
@home_page
def back(request: HomeRequest) -> HttpResponse:
    """Handle the return from the provider's page."""
    found = _autopay_of(request)
    if found is not None:
        # The provider's own message turns it on where it does not answer now.
        with suppress(Rejection):
            refresh_autopay(found)
    return redirect_home(request, "autopay")


@require_POST
@home_page
def stop(request: HomeRequest) -> HttpResponse:
    """Turn it off at once."""
    found = _autopay_of(request)
    if found is not None:
        stop_autopay(found, request.user, reason="by the payer")
    return redirect_home(request, "autopay", _("Auto-pay is off. Nothing more is collected."))


def _begin(request: HomeRequest, form: AutoPayForm) -> str:
    path = reverse("portal:autopay_back", args=[request.binding.pk])
    consent = Consent(
        site=request.site,
        payer=("person", str(request.person.pk)),
        actor=request.user,
        limit=form.cleaned_data["limit"],
        email=form.cleaned_data["email"],
        language=get_language() or settings.LANGUAGE_CODE,
        return_url=settings.PUBLIC_URL + path,
    )
    _autopay, url = begin_autopay(consent)
    return url or path


def _autopay_of(request: HomeRequest) -> AutoPay | None:
    own = AutoPay.objects.filter(
        site=request.site, payer_type="person", payer_id=str(request.person.pk)
    )
    rows = own.exclude(state=AutoPay.State.STOPPED)
    return rows.select_related("site", "method", "account").first()


def _render(request: HomeRequest, form: AutoPayForm) -> HttpResponse:
    found = _autopay_of(request)
    collections = found.collections.order_by("-due_on", "-pk")[:_SHOWN] if found else ()
    context = {
        "form": form,
        "autopay": found,
        "is_on": found is not None and found.state == AutoPay.State.ACTIVE,
        "limit": Money(found.limit, found.currency) if found else None,
        "collections": [(each, Money(each.amount, found.currency)) for each in collections]
        if found
        else [],
        "days": NOTICE_DAYS,
        "online": online_payment_available(request.site),
    }
    status = 422 if form.errors else 200
    template = "portal/autopay/autopay.html"
    return render_home(request, template, context, here="bills", status=status)
