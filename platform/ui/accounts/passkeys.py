"""Passkeys: signing in with one, and a user's own ones."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.client_address import client_address
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, TooManyAttempts, count_attempt, take_back_attempt
from people import passkeys
from people.models import Passkey
from ui.accounts.resident_sign_in import next_address, sign_in_user
from ui.rejections import sentences
from ui.waiting import wait_text

_SIGNING_IN, _ADDING = "passkey_sign_in", "passkey_adding"
_LONGEST_ANSWER = 20_000  # bytes
# Answers that are not valid, from one client.
OF_CLIENT = Limit("passkeys-of", free=20, first_s=1, longest_s=300, window_s=3600)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send what the browser needs to use a passkey, or sign in with its answer."""
    if request.method == "GET":
        options, request.session[_SIGNING_IN] = passkeys.begin_sign_in()
        return JsonResponse(dict(options))
    limit = (OF_CLIENT, client_address(request))
    try:
        count_attempt(limit)
    except TooManyAttempts as error:
        return _error(wait_text(error.wait_s), 429)
    answer = _answer(request)
    user = passkeys.sign_in_with_passkey(request.session.pop(_SIGNING_IN, None), answer)
    if user is None:
        return _error(_("This passkey is not known here. Sign in in another way."), 422)
    take_back_attempt(limit)
    response = sign_in_user(request, user, next_address(request, answer.get("next")))
    location = response["Location"]
    del response["Location"]
    response.status_code = 200
    response["Content-Type"] = "application/json"
    response.content = json.dumps({"next": location}).encode()
    return response


@never_cache
@login_required
@require_GET
def own_passkeys(request: HttpRequest) -> HttpResponse:
    """List the user's passkeys."""
    rows = Passkey.objects.filter(user=_user(request)).order_by("-added_at", "-pk")
    context = {"passkeys": rows, "are_possible": passkeys.are_possible()}
    return render(request, "ui/passkeys.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Send what the browser needs to make a passkey, or store the one that it has made."""
    user = _user(request)
    if request.method == "GET":
        options, request.session[_ADDING] = passkeys.begin_adding(user)
        return JsonResponse(dict(options))
    answer = _answer(request)
    try:
        name = str(answer.get("name", ""))
        passkeys.add_passkey(user, request.session.pop(_ADDING, None), answer, name)
    except Rejection as rejection:
        return _error(sentences(rejection), 422)
    messages.success(request, _("Passkey added."))
    return JsonResponse({"next": request.path.removesuffix("add/")})


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the user's passkeys."""
    passkeys.remove_passkey(get_object_or_404(Passkey, user=_user(request), pk=pk))
    messages.success(request, _("Passkey removed."))
    return redirect("passkeys")


def _answer(request: HttpRequest) -> dict[str, Any]:
    """Return the posted JSON object; empty for any other text."""
    if len(request.body) > _LONGEST_ANSWER:
        return {}
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _error(text: str, status: int) -> HttpResponse:
    return JsonResponse({"error": text}, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user
