"""Make one attempt to deliver: what the outbox calls, outside any transaction.

What the answer means for the queue is the sender's outcome. A delivery that is held raises
`NotSent`, so that the outbox tries it again by the schedule, before all later ones of its endpoint.
"""

import time
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.db import transaction
from django.db.models import Max

from core import clock, events, live, outbox
from core.outbox_lanes import release_connection
from incidents import topics
from incidents.feeds import pausing, probing
from incidents.feeds.delivery_topic import GIVE_UP_AFTER, receiver_of
from incidents.feeds.eligibility import is_reviewed
from incidents.feeds.events import DeliveryRejected
from incidents.feeds.ports import EXCERPT, Answer, Outcome, sender_of
from incidents.models import Delivery, DeliveryAttempt, FeedEndpoint

State = Delivery.State
_ERROR = 400
# How long a paused message waits before it is looked at again; resuming makes it due at once.
_PAUSED_FOR = timedelta(hours=1)


def deliver(key: str, payload: dict[str, Any]) -> None:
    """Send a delivery once and store how it went; the sender of the outbox's topic.

    Raises:
        NotSent: the receiver did not accept it; it is tried again.
        NotYet: its endpoint is paused.
    """
    delivery = _load(payload["delivery"])
    is_manual = bool(payload.get("manual"))
    if not _may_be_sent(delivery, is_manual):
        return
    sender = sender_of(delivery.endpoint)
    if sender is None:
        raise outbox.NotSent(f"no sender for {delivery.endpoint.kind}")
    at, began = clock.now(), time.monotonic()
    release_connection()
    try:
        answer = sender.send(delivery.endpoint, delivery)
    except Exception as error:  # a fault of a sender holds the queue and is shown with the attempt
        answer = Answer(Outcome.HOLD, error=f"{type(error).__name__}: {error}")
    took = int((time.monotonic() - began) * 1000)
    with transaction.atomic():
        delivery = _locked(delivery)
        _record(delivery, answer, at, took, is_manual)
        _settle(delivery, answer)
    if answer.outcome == Outcome.HOLD:
        raise outbox.NotSent(answer.error or f"HTTP {answer.status}", answer.not_before)
    if answer.outcome == Outcome.GONE:
        raise outbox.NotYet(clock.now() + _PAUSED_FOR)


def _load(pk: int) -> Delivery:
    joined = ("endpoint__site", "message__incident")
    return Delivery.objects.select_related(*joined).get(pk=pk)


def _locked(delivery: Delivery) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",))
    return rows.select_related("endpoint", "message").get(pk=delivery.pk)


def _may_be_sent(delivery: Delivery, is_manual: bool) -> bool:
    """Return whether an attempt is due; park what follows a rejected message of its incident.

    Raises:
        NotYet: its endpoint is paused, or was paused now because it has expired.
    """
    if delivery.state != State.PENDING and not is_manual:
        return False
    _require_reviewed(delivery)
    if delivery.endpoint.valid_until <= clock.now():
        pausing.pause_by_itself(delivery.endpoint, "expired")
        _wait()
    is_approved = delivery.endpoint.approved_by_id is not None
    if delivery.endpoint.state == FeedEndpoint.State.PAUSED or not is_approved:
        outbox.pause(receiver_of(delivery.endpoint))
        _wait()
    if not is_manual and _follows_a_rejected_one(delivery):
        _store(delivery, state=State.REJECTED)
        _announce(delivery)
        return False
    return True


def _wait() -> NoReturn:
    raise outbox.NotYet(clock.now() + _PAUSED_FOR)


def _require_reviewed(delivery: Delivery) -> None:
    """Refuse to send what nobody has reviewed, however the row came to be.

    Raises:
        PermissionError: the incident lacks its review.
    """
    incident = delivery.message.incident
    if incident is None or is_reviewed(incident):
        return
    if not (incident.reviewed_by_id and incident.review_reason):
        raise PermissionError(f"incident {incident.pk} was not reviewed")


def _follows_a_rejected_one(delivery: Delivery) -> bool:
    incident = delivery.message.incident_id
    if incident is None:
        return False
    earlier = Delivery.objects.filter(endpoint=delivery.endpoint_id, message__incident=incident)
    return earlier.filter(seq__lt=delivery.seq, state=State.REJECTED).exists()


def _record(
    delivery: Delivery, answer: Answer, at: datetime, took_ms: int, is_manual: bool
) -> None:
    last = delivery.attempts.aggregate(last=Max("number"))["last"] or 0
    kinds = DeliveryAttempt.Trigger
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=last + 1,
        trigger=kinds.MANUAL if is_manual else kinds.AUTO,
        at=at,
        duration_ms=took_ms,
        http_status=answer.status,
        error=answer.error[:_ERROR],
        answer=answer.excerpt[:EXCERPT],
    )


def _settle(delivery: Delivery, answer: Answer) -> None:
    """Store what the answer means for the delivery and for its endpoint."""
    endpoint = FeedEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    if answer.outcome == Outcome.DELIVERED:
        probing.end(endpoint)
        if delivery.delivered_at is None:
            _store(delivery, state=State.DELIVERED, delivered_at=clock.now())
    elif answer.outcome == Outcome.REJECTED:
        _reject(delivery)
        probing.refused(endpoint)
    elif answer.outcome == Outcome.GONE:
        pausing.pause_by_itself(endpoint, "gone")
    else:
        _hold(delivery, endpoint)
    _announce(delivery)


def _hold(delivery: Delivery, endpoint: FeedEndpoint) -> None:
    """Note since when the endpoint fails; give up at the end of the schedule."""
    now = clock.now()
    since = endpoint.first_failure_at or now
    probing.begin(endpoint, since)
    if now - since >= GIVE_UP_AFTER and delivery.state == State.PENDING:
        _store(delivery, state=State.DEAD)
        pausing.pause_by_itself(endpoint, "no_answer")


def _reject(delivery: Delivery) -> None:
    if delivery.state == State.DELIVERED:
        return  # it was delivered before, and sent again by a person
    _store(delivery, state=State.REJECTED)
    events.publish(DeliveryRejected(delivery.pk))


def _store(delivery: Delivery, **values: Any) -> None:
    for name, value in values.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=list(values))


def _announce(delivery: Delivery) -> None:
    site = delivery.endpoint.site_id
    live.announce(topics.FEED, site, delivery.endpoint_id)
    if delivery.message.incident_id is not None:
        live.announce(topics.INCIDENT, site, delivery.message.incident_id)
