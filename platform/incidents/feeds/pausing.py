"""Pause and resume an endpoint; its queue stays in its order."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, events, live, outbox, validation
from core.errors import Rejection
from core.models import User
from incidents import topics
from incidents.feeds import probing
from incidents.feeds.delivery_topic import queue, receiver_of
from incidents.feeds.events import EndpointPaused
from incidents.models import Delivery, FeedEndpoint

State = FeedEndpoint.State
#: Who acted, in the audit log, where no person did.
PROCESS = "feeds"


@transaction.atomic
def pause(endpoint: FeedEndpoint, actor: User, reason: str) -> FeedEndpoint:
    """Stop to send to an endpoint; what is dispatched meanwhile is queued.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason, _("enter why nothing is sent"))
    endpoint = _locked(endpoint)
    _store_pause(endpoint, reason.strip(), actor)
    audit.record(endpoint.site, actor, "pause feed", ("feed", endpoint.pk), reason=reason)
    return endpoint


@transaction.atomic
def pause_by_itself(endpoint: FeedEndpoint, reason: str) -> None:
    """Pause an endpoint that is gone, has not answered for 72 h, or has expired.

    Args:
        reason: ``gone``, ``no_answer`` or ``expired``.
    """
    endpoint = _locked(endpoint)
    if endpoint.state == State.PAUSED:
        return
    _store_pause(endpoint, reason, None)
    audit.record(endpoint.site, PROCESS, "pause feed", ("feed", endpoint.pk), reason=reason)
    events.publish(EndpointPaused(endpoint.pk, reason))


@transaction.atomic
def resume(endpoint: FeedEndpoint, actor: User) -> FeedEndpoint:
    """Send to an endpoint again, by a schedule that begins anew.

    The first message of its queue tries; the others follow in their order once it was accepted.

    Raises:
        Rejection: the endpoint is not approved, or has expired.
    """
    endpoint = _locked(endpoint)
    if endpoint.approved_by_id is None or endpoint.valid_until <= clock.now():
        raise Rejection(
            "endpoint",
            "not_valid",
            _("this feed is not approved, or has expired"),
            _("change it, and have it approved by another person"),
        )
    probing.restart(endpoint)
    endpoint.paused_reason, endpoint.paused_by = "", None
    endpoint.save(update_fields=["state", "paused_reason", "paused_by", "first_failure_at"])
    endpoint.deliveries.filter(state=Delivery.State.DEAD).update(state=Delivery.State.PENDING)
    outbox.resume(receiver_of(endpoint))
    audit.record(endpoint.site, actor, "resume feed", ("feed", endpoint.pk))
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)
    return endpoint


@transaction.atomic
def retry_now(endpoint: FeedEndpoint) -> None:
    """Make what is queued due now, because what held it is over; a paused endpoint stays so."""
    endpoint = _locked(endpoint)
    if endpoint.state != State.PAUSED and endpoint.approved_by_id is not None:
        outbox.resume(receiver_of(endpoint))


@transaction.atomic
def replay(endpoint: FeedEndpoint, actor: User, first: int, last: int) -> int:
    """Send deliveries again, in their order, behind what is queued; return how many.

    The receiver recognises them by their ids. One that waits already is left where it is.

    Args:
        first: the number of the first one at the endpoint.
        last: the number of the last one.

    Raises:
        Rejection: there is none in this range.
    """
    endpoint = _locked(endpoint)
    found = endpoint.deliveries.filter(seq__gte=first, seq__lte=last)
    chosen = list(found.exclude(state=Delivery.State.PENDING).order_by("seq"))
    if not chosen:
        raise Rejection(
            "last",
            "none",
            _("there is no delivery with these numbers that could be sent again"),
            _("enter the numbers of the list"),
        )
    for delivery in chosen:
        _queue_again(delivery)
    detail = {"first": first, "last": last, "count": len(chosen)}
    audit.record(endpoint.site, actor, "replay deliveries", ("feed", endpoint.pk), **detail)
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)
    return len(chosen)


def _queue_again(delivery: Delivery) -> None:
    if delivery.state in (Delivery.State.REJECTED, Delivery.State.DEAD):
        delivery.state = Delivery.State.PENDING
        delivery.save(update_fields=["state"])
    queue(delivery, again=True)


def _store_pause(endpoint: FeedEndpoint, reason: str, actor: User | None) -> None:
    endpoint.state, endpoint.paused_reason = State.PAUSED, reason[:200]
    endpoint.paused_by = actor
    endpoint.save(update_fields=["state", "paused_reason", "paused_by"])
    outbox.pause(receiver_of(endpoint))
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)


def _locked(endpoint: FeedEndpoint) -> FeedEndpoint:
    rows = FeedEndpoint.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=endpoint.pk)
