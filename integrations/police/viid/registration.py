"""Whether a peer of GA/T 1400 knows us: kept with the endpoint, for all processes and its page."""

import logging
from datetime import timedelta

from django.db import transaction

from core import clock, live
from incidents import topics
from incidents.feeds.pausing import retry_now
from incidents.models import FeedEndpoint
from integrations.police.viid.peer_clock import MOST

logger = logging.getLogger(__name__)
#: The peer answered a notification with 401 or 403.
REFUSED = "refused"
_GRACE_S = 30
_ERROR = 400


def is_registered(endpoint: FeedEndpoint) -> bool:
    """Return whether the peer knows us, as far as its last answers say."""
    until = endpoint.registered_until
    return until is not None and until > clock.now()


@transaction.atomic
def record_registration(endpoint: FeedEndpoint, interval_s: int) -> None:
    """Store that the peer accepted a registration or a keep-alive; what waited for it leaves now.

    After a refused notification the queue keeps its schedule: a peer that registers us and refuses
    again is not called in a loop.

    Args:
        interval_s: seconds between keep-alives; two that are missing end the registration.
    """
    until = clock.now() + timedelta(seconds=2 * interval_s + _GRACE_S)
    is_new, was_refused = not is_registered(endpoint), endpoint.registration_error == REFUSED
    _store(endpoint, registered_until=until, registration_error="")
    if is_new:
        live.announce(topics.FEED, endpoint.site_id, endpoint.pk)
    if is_new and not was_refused:
        retry_now(endpoint)


def record_clock(endpoint: FeedEndpoint, ahead: timedelta | None) -> None:
    """Store how far the peer's clock is ahead of ours; None where it does not tell its time."""
    seconds = None if ahead is None else round(ahead.total_seconds())
    if ahead is not None and abs(ahead) > MOST:
        logger.warning("GA/T 1400: the clock at feed %s is %s s ahead", endpoint.pk, seconds)
    _store(endpoint, clock_ahead_s=seconds, clock_read_at=clock.now())
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)


@transaction.atomic
def record_loss(endpoint: FeedEndpoint, error: str) -> None:
    """Store that the peer does not know us, and why; empty where we have unregistered."""
    if endpoint.registered_until is None and endpoint.registration_error == error[:_ERROR]:
        return
    if error:
        logger.warning("GA/T 1400: feed %s is not registered: %s", endpoint.pk, error)
    _store(endpoint, registered_until=None, registration_error=error[:_ERROR])
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)


def _store(endpoint: FeedEndpoint, **values: object) -> None:
    for name, value in values.items():
        setattr(endpoint, name, value)
    FeedEndpoint.objects.filter(pk=endpoint.pk).update(**values)
