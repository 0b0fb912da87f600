"""The messages of a feed: every dispatched message stays readable, also where push failed."""

import base64
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response

from incidents.feeds.message_types import types_at_endpoints
from incidents.models import Delivery, FeedEndpoint
from integrations.feed_api.access import feed_view, record_read, refusal

PAGE = 100
_LONGEST_CURSOR = 9  # digits


@feed_view("GET", "HEAD")
def messages(request: HttpRequest, endpoint: FeedEndpoint) -> HttpResponse:
    """List the messages after a cursor, oldest first; without one from the first on."""
    after = request.GET.get("after", "") or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= _LONGEST_CURSOR):
        return refusal("invalid_cursor", 400)
    rows = endpoint.deliveries.select_related("message").filter(seq__gt=int(after))
    found = list(rows.order_by("seq")[: PAGE + 1])
    shown = found[:PAGE]
    if shown:
        record_read(endpoint, f"{shown[0].seq}-{shown[-1].seq}")
    body = {
        "messages": [
            _described(endpoint, each, type)
            for each, type in zip(shown, types_at_endpoints(shown), strict=True)
        ],
        "next": str(shown[-1].seq) if shown else after,
        "more": len(found) > PAGE,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@feed_view("GET", "HEAD")
def message(request: HttpRequest, endpoint: FeedEndpoint, message: str) -> HttpResponse:
    """Return the bytes of one message, as they were or will be pushed."""
    delivery = endpoint.deliveries.filter(message__public_id=message).first()
    if delivery is None:
        return refusal("not_found", 404)
    body = bytes(delivery.body)
    if not body:
        return refusal("past_retention", 410)
    record_read(endpoint, str(delivery.seq))
    response = HttpResponse(body, content_type=delivery.media_type)
    response["ETag"] = etag = f'"{delivery.sha256}"'
    response["X-Content-Type-Options"] = "nosniff"
    return get_conditional_response(request, etag, None, response) or response


def address_of(delivery: Delivery) -> str:
    """Return the absolute address of a message."""
    names = [delivery.endpoint.public_id, delivery.message.public_id]
    return settings.PUBLIC_URL.rstrip("/") + reverse("feed_message", args=names)


def _described(endpoint: FeedEndpoint, delivery: Delivery, type: str) -> dict[str, Any]:
    delivery.endpoint = endpoint
    return {
        "id": delivery.message.public_id,
        "seq": delivery.seq,
        "type": type,
        "exercise": delivery.message.exercise,
        "created_at": delivery.created_at.isoformat(),
        "delivered_at": delivery.delivered_at and delivery.delivered_at.isoformat(),
        "acknowledged_at": delivery.acknowledged_at and delivery.acknowledged_at.isoformat(),
        "media_type": delivery.media_type,
        "sha256": delivery.sha256,
        "url": address_of(delivery),
        "body": base64.b64encode(bytes(delivery.body)).decode(),
    }
