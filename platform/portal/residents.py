"""Pages of residents: the user, the binding in the address, and the site's clock."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from core.clock import zone
from core.models import Site, User
from people.accounts.bindings import bindings_of, to_approve
from people.accounts.homes import Home, heads_of, home_or_none, homes_of
from people.models import Binding, Person
from ui.notifications import unread_count
from ui.pages import Text

LOGIN = "resident_login"


class MissingRight(Exception):  # noqa: N818 - no error of the program
    """A member of a household lacks a right in a home.

    Attributes:
        right: one of `people.accounts.homes.SWITCHES`.
        homes: where it could be switched on.
    """

    def __init__(self, right: str, homes: Sequence[Home]) -> None:
        super().__init__(right)
        self.right, self.homes = right, homes


class HomeRequest(HttpRequest):
    """A request of a user who acts for a person of a site."""

    user: User
    site: Site  # type: ignore[assignment]
    binding: Binding
    person: Person


def signed_in_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let signed-in users open a page; others are asked to sign in as residents."""

    @login_required(login_url=LOGIN)
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("the query string contains a NUL, which PostgreSQL rejects")
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded


def home_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Turn ``view(request, …)`` into one of a binding in the address, in the site's time zone.

    A binding that is not the user's own, or not in force, answers 404; a `MissingRight` a page that
    says who can give it.
    """

    @signed_in_page
    @wraps(view)
    def guarded(request: Any, binding: int, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = bindings_of(request.user).filter(pk=binding).first()
        if found is None:
            raise Http404(f"no binding {binding}")
        request.binding, request.person, request.site = found, found.person, found.site
        with timezone.override(zone(found.site.timezone)):
            try:
                return view(request, *args, **kwargs)
            except MissingRight as missing:
                return _missing_right(request, missing)

    return guarded


def home_or_404(request: HomeRequest, unit: int) -> Home:
    """Return the person's home of that unit.

    Raises:
        Http404: the person doesn't occupy it.
    """
    found = home_or_none(request.person, unit)
    if found is None:
        raise Http404(f"no home {unit}")
    return found


def homes_with(request: HomeRequest, right: str) -> list[Home]:
    """Return the homes in which the person has a right of the household.

    Raises:
        MissingRight: there is none.
    """
    own = homes_of(request.person)
    found = [home for home in own if right in home.may]
    if not found:
        raise MissingRight(right, own)
    return found


def home_with(request: HomeRequest, unit: int, right: str) -> Home:
    """Return the person's home of that unit, in which the person has a right of the household.

    Raises:
        Http404: the person doesn't occupy it.
        MissingRight: the right is not switched on.
    """
    home = home_or_404(request, unit)
    if right not in home.may:
        raise MissingRight(right, [home])
    return home


def _missing_right(request: HomeRequest, missing: MissingRight) -> HttpResponse:
    deciding = [(home, heads_of(home.unit)) for home in missing.homes]
    context = {"right": missing.right, "deciding": deciding}
    here = {"may_invite_visitors": "visitors"}.get(missing.right, "bills")
    template = "portal/missing_right.html"
    return render_home(request, template, context, here=here, status=403)


def render_home(
    request: HomeRequest, template: str, context: dict[str, Any], *, here: str, status: int = 200
) -> HttpResponse:
    """Render a page of a home with its navigation.

    Args:
        here: the navigation item that is marked as current.
    """
    common = {
        "site": request.site,
        "binding": request.binding,
        "person": request.person,
        "here": here,
        "has_others": bindings_of(request.user).exclude(pk=request.binding.pk).exists(),
        "waiting": to_approve(request.person).count(),
        "unread_notifications": unread_count(request.user),
    }
    return render(request, template, {**common, **context}, status=status)


def redirect_home(request: HomeRequest, name: str, notice: Text = "") -> HttpResponse:
    """Redirect to a page of the home, with a notice."""
    if notice:
        messages.success(request, str(notice))
    return redirect(f"portal:{name}", binding=request.binding.pk)
