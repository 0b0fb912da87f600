"""Feeds to authorities: the list, one feed with its deliveries, one delivery with its attempts."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from console.feeds.identifiers import identifier_facts
from console.feeds.labels import held_reason, paused_reason
from console.pages import render_page
from core import audit, clock
from core.models import Site
from incidents import kinds
from incidents.feeds import credentials, selectors, site_keys
from incidents.feeds.message_types import types_at_endpoints
from incidents.models import FeedEndpoint
from incidents.permissions import IncidentPermission
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_MANAGE = IncidentPermission.MANAGE_FEEDS


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the site's feeds with their queues."""
    found = paginate(request, selectors.endpoints(site))
    context = {"page": found, "now": clock.now()}
    return render_page(request, "console/feeds/list.html", context, "feeds")


@site_page(_MANAGE)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a feed with its deliveries."""
    endpoint = get_object_or_404(selectors.endpoints(site), pk=pk)
    codes = endpoint.event_types
    shown = paginate(request, selectors.deliveries(endpoint))
    context = {
        "feed": endpoint,
        "now": clock.now(),
        "next_attempt": selectors.next_attempt(endpoint),
        "reason": paused_reason(endpoint),
        "kinds": [kinds.get(code).label for code in codes],
        "may_approve": endpoint.approved_by_id is None
        and endpoint.created_by_id != request.user.pk,
        "page": shown,
        "deliveries": list(zip(shown, types_at_endpoints(list(shown)), strict=True)),
        "has_certificate": bool(endpoint.client_certificate),
        "public_keys": _public_keys(endpoint),
        **_cap_facts(site, endpoint),
        **identifier_facts(endpoint),
    }
    return render_page(request, "console/feeds/detail.html", context, "feeds")


@site_page(_MANAGE)
def delivery(request: SiteRequest, site: Site, pk: int, seq: int) -> HttpResponse:
    """Show what was sent and each attempt, and audit the view."""
    endpoint = get_object_or_404(FeedEndpoint, site=site, pk=pk)
    rows = endpoint.deliveries.select_related("message__incident", "message__decided_by")
    found = get_object_or_404(rows, seq=seq)
    audit.record_read(site, request.user, "read delivery", ("delivery", found.pk))
    attempts = found.attempts.order_by("-number")[:200]
    context = {
        "feed": endpoint,
        "delivery": found,
        "type": types_at_endpoints([found])[0],
        "body": _shown(bytes(found.body)),
        "attempts": [(each, held_reason(each.error)) for each in attempts],
    }
    return render_page(request, "console/feeds/delivery.html", context, "feeds")


def _cap_facts(site: Site, endpoint: FeedEndpoint) -> dict[str, Any]:
    """Return what a receiver of CAP has to know: the address of the index, and the key."""
    if endpoint.kind != FeedEndpoint.Kind.CAP:
        return {}
    address = settings.PUBLIC_URL.rstrip("/") + reverse("feed_atom", args=[endpoint.public_id])
    return {"index": address, "signing_key": site_keys.current(site)}


def _public_keys(endpoint: FeedEndpoint) -> list[str]:
    """Return the keys with which a receiver of webhooks verifies signatures."""
    is_webhook = endpoint.kind == FeedEndpoint.Kind.WEBHOOK
    return credentials.public_keys(endpoint) if is_webhook else []


def _shown(body: bytes) -> str:
    """Return a body as text, JSON with its lines."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text
