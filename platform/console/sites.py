"""The first page after signing in, and what an administrator does without a site."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from console.liaison_front import is_liaison
from console.site_forms import NewSiteForm
from core.errors import Rejection
from core.models import Site, User
from core.permissions import administrator_view, permissions_at, sites_of
from estate import demo, services
from people.accounts.bindings import is_resident


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List the user's sites, redirect to the only one, or help who has none; residents go home.

    With ``?all`` the only one is listed, too: administrators add sites from the list.
    """
    sites = list(sites_of(request.user))
    if len(sites) == 1 and "all" not in request.GET:
        return redirect(_front(request, sites[0]))
    if not sites:
        return _without_site(request)
    fronts = [(site, _front(request, site)) for site in sites]
    context = {"sites": fronts, "demo_exists": demo.exists()}
    return render(request, "console/sites.html", context)


@administrator_view
@require_http_methods(["GET", "POST"])
def new_site(request: Any) -> HttpResponse:
    """Create a site, whose checklist is shown next."""
    form = NewSiteForm(request.POST or None, initial=_initial())
    if request.method == "POST" and form.is_valid():
        try:
            site = services.create_site(request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect("console:setup", slug=site.slug)
    status = 422 if form.errors else 200
    return render(request, "console/new_site.html", {"form": form}, status=status)


@administrator_view
@require_POST
def load_demo(request: Any) -> HttpResponse:
    """Create the demo site and load it in the background; an existing one is opened."""
    site = demo.start_loading(request.user, get_language() or settings.LANGUAGE_CODE)
    return redirect("console:setup", slug=site.slug)


def _front(request: HttpRequest, site: Site) -> str:
    """Return the address where the person starts at a site: a liaison has pages of its own."""
    is_led_on = is_liaison(permissions_at(request.user, site))
    return reverse("console:dispatched" if is_led_on else "console:start", args=[site.slug])


def _without_site(request: HttpRequest) -> HttpResponse:
    """Offer an administrator the first site; explain to others whom to ask."""
    if isinstance(request.user, User) and is_resident(request.user):
        return redirect("portal:homes")
    is_empty = not Site.objects.exists()
    if is_empty and request.user.is_superuser:
        return render(request, "console/welcome.html")
    return render(request, "console/no_site.html", {"is_empty": is_empty})


def _initial() -> dict[str, Any]:
    zone = timezone.get_default_timezone_name()
    return {
        "timezone": zone if "/" in zone else "Asia/Shanghai",
        "currency": "CNY",
        "language": get_language(),
        "plate_countries": settings.PLATE_COUNTRIES,
    }
