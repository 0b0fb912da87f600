"""The acknowledgement of a message by its receiver."""

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.errors import Rejection
from incidents.feeds import receipts
from incidents.models import FeedEndpoint
from integrations.feed_api.access import feed_view, refusal

_LONGEST_BODY = 20_000


@feed_view("POST")
def acknowledge_message(request: HttpRequest, endpoint: FeedEndpoint, message: str) -> HttpResponse:
    """Record that a person at the receiver has taken a message on: ``{operator, at, note}``."""
    delivery = endpoint.deliveries.filter(message__public_id=message).first()
    if delivery is None:
        return refusal("not_found", 404)
    try:
        body = _body(request)
        receipts.acknowledge(delivery, body["operator"], body["note"], at=_instant(body["at"]))
    except Rejection as rejection:
        return rejected(rejection)
    delivery.refresh_from_db()
    return JsonResponse({"message": message, "acknowledged_at": _written(delivery.acknowledged_at)})


def rejected(rejection: Rejection) -> JsonResponse:
    """Return a rejection as JSON, with status 400."""
    fields = {"field": rejection.field, "code": rejection.code}
    texts = {"message": rejection.message, "hint": rejection.hint}
    return JsonResponse(fields | texts, status=400)


def _body(request: HttpRequest) -> dict[str, str]:
    """Return the texts of the body, empty where one is missing.

    Raises:
        Rejection: it is no JSON object, or a value is no text.
    """
    try:
        found = json.loads(request.body) if len(request.body) <= _LONGEST_BODY else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Rejection("body", "not_an_object", _("the body is no JSON object"), "{}")
    values = {name: found.get(name) or "" for name in ("operator", "at", "note")}
    for name, value in values.items():
        if not isinstance(value, str) or "\x00" in value:
            raise Rejection(name, "not_a_text", _("this is no text"), _("send it as a string"))
    return values


def _instant(text: str) -> datetime | None:
    """Return an instant of ISO 8601 with its offset; None for an empty text.

    Raises:
        Rejection: it is malformed, or lacks its offset.
    """
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Rejection(
            "at",
            "not_an_instant",
            _("this is no time with its offset"),
            _("write it as 2026-12-01T08:30:00+08:00"),
        )
    return found


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
