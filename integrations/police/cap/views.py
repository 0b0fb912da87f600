"""What receivers of CAP call: the index of their alerts, and acknowledgements in CAP."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from core import clock
from incidents.models import Delivery, FeedEndpoint, Incident
from integrations.feed_api.access import feed_view, record_read, refusal
from integrations.feed_api.views import address_of
from integrations.police.cap.atom import ATOM_TYPE, Entry, index
from integrations.police.cap.document import MEDIA_TYPE
from integrations.police.cap.parsing import parse
from integrations.police.cap.texts import clean_line
from integrations.police.cap.times import cap_time

_RECENT = timedelta(hours=24)
_MOST = 200


@feed_view("GET", "HEAD")
def atom(request: HttpRequest, endpoint: FeedEndpoint) -> HttpResponse:
    """Return the index of the feed: what is in force, and all of the last 24 hours."""
    if endpoint.kind != FeedEndpoint.Kind.CAP:
        return refusal("not_found", 404)
    found = list(indexed(endpoint)[:_MOST])
    updated = changed_at(endpoint)
    body = _index(endpoint, found, updated)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    response = HttpResponse(body, content_type=ATOM_TYPE)
    response["ETag"], response["Last-Modified"] = etag, http_date(updated.timestamp())
    if found:
        record_read(endpoint, f"index-{found[-1].seq}-{found[0].seq}")
    return get_conditional_response(request, etag, int(updated.timestamp()), response) or response


def indexed(endpoint: FeedEndpoint) -> QuerySet[Delivery]:
    """Return the alerts of the index, the newest first.

    These are the latest of each incident that has not ended, and all of the last 24 hours.
    """
    rows = endpoint.deliveries.filter(media_type=MEDIA_TYPE).exclude(body=b"")
    active = rows.exclude(message__incident=None)
    active = active.exclude(message__incident__state__in=Incident.ENDED)
    latest = active.order_by().values("message__incident").annotate(latest=Max("seq"))
    recent = Q(message__created_at__gt=clock.now() - _RECENT)
    rows = rows.filter(recent | Q(seq__in=latest.values("latest")))
    return rows.select_related("message").order_by("-seq")


def changed_at(endpoint: FeedEndpoint) -> datetime:
    """Return when the index last changed: an alert came or left it, or the feed was renamed.

    An alert leaves when its incident ends, or a day after it was sent.
    """
    rows = endpoint.deliveries.filter(media_type=MEDIA_TYPE).exclude(body=b"")
    sent_at = F("message__created_at")
    found = rows.order_by().aggregate(
        came=Max(sent_at),
        ended=Max("message__incident__ended_at"),
        aged=Max(sent_at, filter=Q(message__created_at__lte=clock.now() - _RECENT)),
    )
    aged = found["aged"] and found["aged"] + _RECENT
    changes = (found["came"], found["ended"], aged, endpoint.renamed_at)
    times = [each for each in changes if each is not None]
    return max(times) if times else endpoint.approved_at or clock.now()


def _index(endpoint: FeedEndpoint, found: list[Delivery], updated: datetime) -> bytes:
    entries = []
    for delivery in found:
        delivery.endpoint = endpoint
        entries.append(Entry(address_of(delivery), parse(bytes(delivery.body))))
    address = settings.PUBLIC_URL.rstrip("/") + reverse("feed_atom", args=[endpoint.public_id])
    names = clean_line(endpoint.name, 160), clean_line(endpoint.site.name, 160)
    return index(*names, address, cap_time(updated), entries)
