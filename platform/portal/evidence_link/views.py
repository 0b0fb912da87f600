"""The evidence of an incident by a signed link: an authority sees it until the link expires."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.client_address import client_address
from core.clock import zone
from core.images import ImageRejected
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from incidents.evidence import links
from incidents.evidence.values import live_curves
from ui.evidence_curves import curves_of
from ui.waiting import wait_text

# Links that lead to no evidence, from one client.
OF_LINKS = Limit("evidence-links", free=20, first_s=1, longest_s=300, window_s=3600)


@require_GET
@never_cache
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the evidence; each opening is logged."""
    try:
        link = links.open_link(token, _visitor(request))
    except links.LinkNotValidError:
        return _not_valid(request)
    pieces = list(links.evidence_of(link))
    with timezone.override(zone(link.incident.site.timezone)):
        context = {
            "site": link.incident.site,
            "link": link,
            "token": token,
            "incident": link.incident,
            "photos": [each for each in pieces if each.image],
            "curves": curves_of([*pieces, *live_curves(link.incident)]),
        }
        response = render(request, "portal/evidence_link/page.html", context)
    # The address is a credential: it is sent to no other site and found by no search engine.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_GET
@never_cache
def picture(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """Return a picture with its watermark; each opening is logged."""
    try:
        link = links.open_link(token, _visitor(request), pk)
    except links.LinkNotValidError:
        return _not_valid(request)
    piece = get_object_or_404(links.pictures_of(link), pk=pk)
    try:
        image = links.watermarked(link, piece)
    except (FileNotFoundError, ImageRejected) as error:
        raise Http404(str(error)) from error
    return HttpResponse(image, content_type="image/jpeg")


def _visitor(request: HttpRequest) -> links.Visitor:
    user = request.user
    name = user.get_username() if user.is_authenticated else ""
    return links.Visitor(client_address(request), request.headers.get("User-Agent", ""), name)


def _not_valid(request: HttpRequest) -> HttpResponse:
    """Answer the same to a forged link and to one that has expired."""
    try:
        count_attempt((OF_LINKS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "portal/evidence_link/expired.html", context, status=429)
    return render(request, "portal/evidence_link/expired.html", status=404)
