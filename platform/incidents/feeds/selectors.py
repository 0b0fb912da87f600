"""Read feeds and their deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from core import clock, outbox
from core.models import Site
from incidents.feeds.delivery_topic import receiver_of
from incidents.models import Delivery, FeedEndpoint, Incident

State = Delivery.State
#: A queue that is older is in trouble.
LATE = timedelta(minutes=2)
# What is least advanced, first.
_ADVANCE = (State.REJECTED, State.DEAD, State.PENDING, State.DELIVERED)
_UNDELIVERED = Q(deliveries__state__in=[State.PENDING, State.DEAD])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the last message about an incident has come, at the least advanced endpoint.

    Attributes:
        code: ``rejected``, ``dead``, ``pending``, ``delivered`` or ``acknowledged``.
        delivery: the delivery that it is about.
    """

    code: str
    delivery: Delivery


def endpoints(site: Site) -> QuerySet[FeedEndpoint]:
    """Return the site's endpoints with ``waiting``, ``oldest_waiting`` and ``rejected``."""
    rows = FeedEndpoint.objects.filter(site=site)
    return rows.annotate(
        waiting=Count("deliveries", filter=_UNDELIVERED),
        oldest_waiting=Min("deliveries__created_at", filter=_UNDELIVERED),
        rejected=Count("deliveries", filter=Q(deliveries__state=State.REJECTED)),
        last_delivered=Max("deliveries__delivered_at"),
    ).order_by("name", "pk")


def troubled_endpoints() -> list[FeedEndpoint]:
    """Return the endpoints of all sites whose oldest message waits for more than two minutes."""
    late = Delivery.objects.filter(
        state__in=[State.PENDING, State.DEAD], created_at__lt=clock.now() - LATE
    )
    found = FeedEndpoint.objects.filter(pk__in=late.values("endpoint")).select_related("site")
    return list(found.order_by("site__name", "name"))


def needing_attention(site: Site) -> QuerySet[FeedEndpoint]:
    """Return the endpoints that wait for approval, are paused, or have not accepted since."""
    troubled = Q(approved_by=None) | ~Q(state=FeedEndpoint.State.ACTIVE)
    return FeedEndpoint.objects.filter(troubled, site=site)


def next_attempt(endpoint: FeedEndpoint) -> datetime | None:
    """Return when the first message of the queue is tried next; None where nothing waits."""
    return outbox.next_attempt(receiver_of(endpoint))


def deliveries(endpoint: FeedEndpoint) -> QuerySet[Delivery]:
    """Return the endpoint's deliveries without their bodies, latest first."""
    rows = endpoint.deliveries.select_related("message__incident", "message__decided_by")
    return rows.defer("body").annotate(tries=Count("attempts")).order_by("-seq")


def deliveries_of(incident: Incident) -> list[Delivery]:
    """Return the deliveries of all messages about an incident, latest first."""
    rows = Delivery.objects.filter(message__incident=incident).defer("body")
    joined = rows.select_related("endpoint", "message__decided_by")
    return list(joined.order_by("-message__number", "endpoint__name", "pk"))


def progress(found: Sequence[Delivery]) -> Progress | None:
    """Return the least advanced of each endpoint's last delivery; None if nothing was sent.

    The endpoints may have been sent different ones last: a renewal reaches some of them only, and
    must not hide that another has rejected the alert.
    """
    if not found:
        return None
    latest: dict[int, Delivery] = {}
    for each in sorted(found, key=lambda delivery: delivery.seq):
        latest[each.endpoint_id] = each
    least = min(latest.values(), key=_advance)
    code = "acknowledged" if least.acknowledged_at else least.state
    return Progress(code, least)


def _advance(delivery: Delivery) -> tuple[int, bool]:
    known = delivery.state in _ADVANCE
    place = _ADVANCE.index(State(delivery.state)) if known else len(_ADVANCE)
    return place, delivery.acknowledged_at is not None
