"""Acknowledgements that receivers send as CAP messages of the type Ack."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from core.errors import Rejection
from incidents.feeds import receipts
from incidents.models import Delivery, FeedEndpoint
from integrations.feed_api.access import feed_view, refusal
from integrations.feed_api.acknowledging import acknowledge_message, rejected
from integrations.police.cap.adapter import reference_of
from integrations.police.cap.document import MEDIA_TYPE, MessageType
from integrations.police.cap.parsing import MAX_BYTES, InvalidDocument, parse
from integrations.police.cap.rules import problems, text
from integrations.police.cap.texts import clean_line
from integrations.police.cap.times import parse_time


@feed_view("POST")
def acknowledge(request: HttpRequest, endpoint: FeedEndpoint) -> HttpResponse:
    """Record a CAP Ack for each alert that it refers to; all of them or none."""
    if request.content_type != MEDIA_TYPE:
        return refusal("unsupported_media_type", 415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return refusal("too_large", 413)
    try:
        root = parse(request.body)
    except InvalidDocument as error:
        return refusal(error.code, 400)
    found = problems(root)
    if found:
        return refusal(f"{found[0].element}_{found[0].code}", 400)
    if text(root, "msgType") != MessageType.ACK:
        return refusal("not_an_acknowledgement", 400)
    deliveries = _deliveries(endpoint, root)
    if deliveries is None:
        return refusal("unknown_reference", 404)
    return _acknowledge(deliveries, root)


def acknowledge_one(request: HttpRequest, feed: str, message: str) -> HttpResponse:
    """Record an acknowledgement at a message's own address: a CAP Ack, or else JSON."""
    if request.content_type == MEDIA_TYPE:
        return acknowledge(request, feed)
    return acknowledge_message(request, feed, message)


def _acknowledge(deliveries: list[Delivery], root: Any) -> HttpResponse:
    operator = clean_line(text(root, "sender"), receipts.OPERATOR)
    note = clean_line(text(root, "note"), receipts.NOTE)
    at = parse_time(text(root, "sent"))
    try:
        for delivery in deliveries:
            receipts.acknowledge(delivery, operator, note, at=at)
    except Rejection as rejection:
        return rejected(rejection)
    return JsonResponse({"acknowledged": [each.message.public_id for each in deliveries]})


def _deliveries(endpoint: FeedEndpoint, root: Any) -> list[Delivery] | None:
    """Return the endpoint's deliveries that an Ack refers to; None if one is unknown."""
    wanted = set(text(root, "references").split())
    names = {triple.split(",")[1].partition(".")[0] for triple in wanted}
    rows = endpoint.deliveries.filter(message__public_id__in=names, media_type=MEDIA_TYPE)
    found = list(rows.exclude(body=b"").select_related("message").order_by("seq"))
    issued = {str(reference_of(bytes(each.body))) for each in found}
    return found if issued == wanted else None
