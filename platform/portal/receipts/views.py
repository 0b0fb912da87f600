"""The receipt of a payment."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing import selectors as billing
from core import clock
from parking import selectors as parking
from parking.labels import describe_lines


@require_GET
@never_cache
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the receipt of a payment, ready to print."""
    payment = billing.payment_or_404(public_id)
    found = billing.receipt(payment)
    if found is None:
        raise Http404("nothing is paid yet")
    timezone.activate(clock.zone(payment.site.timezone))
    stay = parking.stay_by_public_id(found.cause.id)
    document = stay.tariff.document if stay.tariff else None
    context = {
        "receipt": found,
        "site": payment.site,
        "stay": stay,
        "lines": describe_lines(found.lines, document),
    }
    return render(request, "portal/receipts/receipt.html", context)
