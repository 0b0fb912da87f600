"""What the issuer confirms about a printed document; the page is public and names no person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing import verification


@require_GET
@never_cache
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Show number, date and amount of the document, and whether it was refunded since."""
    found = verification.verify(token)
    status = 200 if found else 404
    return render(request, "portal/verify/verify.html", {"document": found}, status=status)
