"""What an authority calls: dispositions, and subscriptions, which are refused.

Each call needs digest credentials of one endpoint; without any, the answer is a challenge.
"""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clock
from core.client_address import client_address
from core.errors import Rejection
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from core.sealed_secrets import UnreadableSecretError
from incidents.dispositions import dispositions_of, receive_disposition, revoke_disposition
from incidents.models import Disposition, FeedEndpoint
from integrations.police.viid import digest
from integrations.police.viid.client import CONTENT_TYPE, local_time
from integrations.police.viid.options import options_of
from integrations.police.viid.parsing import (
    is_revocation,
    objects_of,
    removal_reason,
    request_of,
)

REALM = "viid"
OK, INVALID_OPERATION, BAD_JSON = 0, 4, 7
# Guesses of a password, by the caller's address.
_OF_CALLER = Limit("viid-caller", free=10, first_s=1, longest_s=900, window_s=3600)
_MOST_OBJECTS = 100


def peer_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn ``view(request, endpoint, …)`` into a view that needs an endpoint's credentials."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        header = request.headers.get("Authorization", "")
        endpoint = _authorized(request, header)
        if endpoint is not None:
            return view(request, endpoint, *args, **kwargs)
        if header:
            try:
                count_attempt((_OF_CALLER, client_address(request)))
            except TooManyAttempts:
                return HttpResponse(status=429)
        challenge = digest.challenge_header(digest.new_challenge(REALM))
        return HttpResponse(status=401, headers={"WWW-Authenticate": challenge})

    return guarded


@peer_view
@require_http_methods(["GET", "POST", "PUT", "DELETE"])
def dispositions(request: HttpRequest, endpoint: FeedEndpoint) -> HttpResponse:
    """List, set or revoke dispositions; what is set waits for a person's approval here."""
    if request.method == "GET":
        found = [_shown(each, endpoint) for each in dispositions_of(endpoint)]
        return _json({"DispositionListObject": {"DispositionObject": found}})
    if request.method == "DELETE":
        numbers = [each for each in request.GET.get("IDList", "").split(",") if each.strip()]
        return _revoke_all(request, endpoint, numbers[:_MOST_OBJECTS])
    try:
        sent = objects_of(request.body, "Disposition")[:_MOST_OBJECTS]
    except Rejection as rejection:
        return _answer(request, endpoint, [("", rejection)], status=400)
    return _answer(request, endpoint, [_process(endpoint, each) for each in sent])


@peer_view
@require_http_methods(["PUT", "DELETE"])
def disposition(request: HttpRequest, endpoint: FeedEndpoint, number: str) -> HttpResponse:
    """Revoke one disposition; a PUT that sets it again is a change of it."""
    if request.method == "PUT" and request.body:
        try:
            sent = objects_of(request.body, "Disposition")[0] | {"DispositionID": number}
        except Rejection as rejection:
            return _answer(request, endpoint, [(number, rejection)], status=400)
        if str(sent.get("OperateType", "")) == "0" and not is_revocation(sent):
            return _answer(request, endpoint, [_process(endpoint, sent)])
        result = _result(number, lambda: revoke_disposition(endpoint, number, removal_reason(sent)))
        return _answer(request, endpoint, [result])
    return _revoke_all(request, endpoint, [number])


@peer_view
@require_http_methods(["GET", "POST", "PUT", "DELETE"])
def subscribes(request: HttpRequest, endpoint: FeedEndpoint, number: str = "") -> HttpResponse:
    """Refuse subscriptions: no passages, faces or vehicles leave, only reviewed incidents."""
    return _answer(request, endpoint, [(number, _refused())], status=403)


def _process(endpoint: FeedEndpoint, sent: dict[str, Any]) -> tuple[str, Rejection | None]:
    number = str(sent.get("DispositionID", ""))[:48]
    if is_revocation(sent):
        reason = removal_reason(sent)
        return _result(number, lambda: revoke_disposition(endpoint, number, reason))
    zone = endpoint.site.timezone
    return _result(number, lambda: receive_disposition(endpoint, request_of(sent, zone)))


def _revoke_all(
    request: HttpRequest, endpoint: FeedEndpoint, numbers: Iterable[str]
) -> HttpResponse:
    results = []
    for each in numbers:
        number = each.strip().replace("\x00", "")
        results.append(_result(number, partial(revoke_disposition, endpoint, number)))
    return _answer(request, endpoint, results)


def _result(number: str, perform: Callable[[], object]) -> tuple[str, Rejection | None]:
    try:
        perform()
    except Rejection as rejection:
        return number, rejection
    return number, None


def _refused() -> Rejection:
    return Rejection("SubscribeDetail", "refused", "subscriptions are refused", "dispositions only")


def _authorized(request: HttpRequest, header: str) -> FeedEndpoint | None:
    """Return the approved endpoint in force whose credentials a request has."""
    user = digest.claimed_user(header)
    if not user or "\x00" in user:
        return None
    found = FeedEndpoint.objects.select_related("site").filter(
        kind=FeedEndpoint.Kind.VIID,
        options__inbound_user=user,
        valid_until__gt=clock.now(),
    )
    for endpoint in found.exclude(approved_by=None).order_by("pk"):
        try:
            options = options_of(endpoint)
        except (Rejection, UnreadableSecretError):
            continue
        method, target = request.method or "", request.get_full_path()
        secret = options.inbound_password
        if digest.is_authorized(header, REALM, user, secret, method, target):
            return endpoint
    return None


def _answer(
    request: HttpRequest,
    endpoint: FeedEndpoint,
    results: list[tuple[str, Rejection | None]],
    status: int = 200,
) -> HttpResponse:
    now = local_time(clock.now(), endpoint.site.timezone)
    objects = [
        {
            "Id": number,
            "RequestURL": request.path,
            "StatusCode": _code(rejection),
            "StatusString": str(rejection) if rejection else "OK",
            "LocalTime": now,
        }
        for number, rejection in results
    ]
    return _json({"ResponseStatusListObject": {"ResponseStatusObject": objects}}, status)


def _code(rejection: Rejection | None) -> int:
    if rejection is None:
        return OK
    return BAD_JSON if rejection.code == "malformed" else INVALID_OPERATION


def _shown(each: Disposition, endpoint: FeedEndpoint) -> dict[str, Any]:
    entry, zone = each.entry, endpoint.site.timezone
    is_over = entry.ends_at <= clock.now()
    return {
        "DispositionID": each.number,
        "Title": each.title,
        "DispositionCategory": each.category,
        "TargetFeature": each.target,
        "BeginTime": local_time(entry.begins_at, zone),
        "EndTime": local_time(entry.ends_at, zone),
        "DispositionStatus": "2" if is_over else "9" if entry.approved_by_id is None else "0",
    }


def _json(value: Any, status: int = 200) -> HttpResponse:
    return JsonResponse(value, status=status, content_type=CONTENT_TYPE)
