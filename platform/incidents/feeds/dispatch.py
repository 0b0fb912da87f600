"""Send a reviewed incident to authorities: the decision and its deliveries, in one transaction.

Nothing is sent without a person's act. The message is a snapshot; each endpoint that receives it
gets a delivery with a body in its own format and the next number of that endpoint. The outbox sends
after the commit.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, events, live
from core.errors import Rejection
from core.models import User
from incidents import timeline, topics
from incidents.feeds import content, delivery_topic, formats
from incidents.feeds.eligibility import (
    endpoints_for,
    informed_endpoints,
    require_dispatchable,
    require_endpoints,
)
from incidents.feeds.events import IncidentDispatched
from incidents.feeds.message_types import type_at_endpoint
from incidents.feeds.ports import sender_of
from incidents.models import Delivery, FeedEndpoint, FeedMessage, Incident
from incidents.services.changes import end

Type = FeedMessage.Type
SENT = {
    Type.ALERT: timeline.declare(
        "feed_alert", gettext_lazy("Sent to %(to)s"), afterwards=gettext_lazy("Sent to authorities")
    ),
    Type.UPDATE: timeline.declare(
        "feed_update",
        gettext_lazy("Update sent to %(to)s"),
        afterwards=gettext_lazy("Update sent to authorities"),
    ),
    Type.CANCEL: timeline.declare(
        "feed_cancel",
        gettext_lazy("Cancelled at %(to)s"),
        afterwards=gettext_lazy("Cancelled at authorities"),
    ),
}


@transaction.atomic
def dispatch(
    incident: Incident,
    actor: User,
    reason: str,
    type: str = Type.ALERT,
    *,
    shown: Collection[int] | None = None,
) -> FeedMessage:
    """Send a message about a reviewed incident to every endpoint that receives it.

    Args:
        reason: why, for the audit log; it does not leave.
        type: an alert first, then updates, then at most one cancellation, which ends the incident.
        shown: the endpoints that the person saw; None where no page showed them.

    Raises:
        Rejection: the incident may not be sent, no endpoint receives it, others receive it than
            the person saw, or the type does not follow what was sent before.
    """
    incident = _locked(incident)
    require_dispatchable(incident, actor, reason, type)
    earlier = list(incident.messages.order_by("number"))
    _require_order(type, earlier)
    receivers = endpoints_for(incident, type)
    require_endpoints(receivers)
    _require_shown(receivers, shown)
    message = _send(incident, actor, reason, type, earlier, receivers)
    _store_state(incident, type)
    return message


@transaction.atomic
def correct(incident: Incident, actor: User, reason: str, type: str) -> FeedMessage | None:
    """Inform those who were sent an incident of a person's later finding about it.

    The incident's state is that person's finding and stays as it is. Whoever may review it may
    correct it. Nothing is sent where nothing was sent before, or where the last message cancelled
    it.

    Args:
        type: an update or a cancellation.
    """
    incident = _locked(incident)
    earlier = list(incident.messages.order_by("number"))
    if not earlier or earlier[-1].type == Type.CANCEL:
        return None
    receivers = endpoints_for(incident, type)
    if not receivers:
        return None
    return _send(incident, actor, reason, type, earlier, receivers)


def _send(
    incident: Incident,
    actor: User,
    reason: str,
    type: str,
    earlier: list[FeedMessage],
    receivers: list[FeedEndpoint],
) -> FeedMessage:
    """Write the message, its deliveries and what follows of them."""
    message = FeedMessage.objects.create(
        incident=incident,
        number=len(earlier) + 1,
        type=type,
        content=content.content_of(incident),
        exercise=incident.exercise,
        decided_by=actor,
        reason=reason.strip(),
        created_at=clock.now(),
    )
    _deliver(message, receivers, earlier)
    _record(message, [endpoint.name for endpoint in receivers])
    events.publish(IncidentDispatched(incident.pk, message.pk, type))
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)
    return message


def _record(message: FeedMessage, names: list[str]) -> None:
    incident, actor = message.incident, message.decided_by
    if incident is None:
        return
    reason = message.reason
    timeline.record(incident, SENT[Type(message.type)], actor, to=names, reason=reason)
    detail = {"message": message.public_id, "type": message.type, "to": names, "reason": reason}
    subject = ("incident", incident.pk)
    audit.record(incident.site, actor, "dispatch incident", subject, **detail)


@transaction.atomic
def send_test(endpoint: FeedEndpoint, actor: User) -> Delivery:
    """Send a message about nothing, to try the way to an approved endpoint.

    Raises:
        Rejection: the endpoint is not approved, or has expired.
    """
    if endpoint.approved_by_id is None or endpoint.valid_until <= clock.now():
        raise Rejection(
            "endpoint",
            "not_valid",
            _("this feed is not approved, or has expired"),
            _("have it approved by another person"),
        )
    now = clock.now()
    message = FeedMessage.objects.create(
        number=0,
        type=Type.TEST,
        content=content.test_content(endpoint.site.name, now, endpoint.exercise),
        exercise=endpoint.exercise,
        decided_by=actor,
        reason="test",
        created_at=now,
    )
    (delivery,) = _deliver(message, [endpoint], [])
    audit.record(
        endpoint.site,
        actor,
        "send test message",
        ("feed", endpoint.pk),
        message=message.public_id,
    )
    return delivery


def _deliver(
    message: FeedMessage, receivers: Iterable[FeedEndpoint], earlier: list[FeedMessage]
) -> list[Delivery]:
    """Add a delivery for each endpoint; the lock on its row keeps the numbers without gaps."""
    keys = [endpoint.pk for endpoint in receivers]
    locked = FeedEndpoint.objects.select_for_update(of=("self",)).select_related("site")
    return [
        _add_delivery(endpoint, message, earlier)
        for endpoint in locked.filter(pk__in=keys).order_by("pk")
    ]


def _add_delivery(
    endpoint: FeedEndpoint, message: FeedMessage, earlier: list[FeedMessage]
) -> Delivery:
    sent = Delivery.objects.filter(endpoint=endpoint, message__in=earlier)
    known = set(sent.values_list("message", flat=True))
    before = tuple(each for each in earlier if each.pk in known)
    told = type_at_endpoint(message.type, is_first=not before)
    context = formats.DeliveryContext(endpoint, message, told, endpoint.last_seq + 1, before)
    context = replace(context, links=formats.links_of(context))
    media_type, body = formats.formatter_of(endpoint).build(context)
    endpoint.last_seq += 1
    endpoint.save(update_fields=["last_seq"])
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        message=message,
        seq=endpoint.last_seq,
        media_type=media_type,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        created_at=message.created_at,
        **_first_state(endpoint, message),
    )
    if delivery.state == Delivery.State.PENDING:
        delivery_topic.queue(delivery)
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)
    return delivery


def _first_state(endpoint: FeedEndpoint, message: FeedMessage) -> dict[str, Any]:
    """Return the state of a new delivery: what the receiver fetches is delivered at once."""
    if sender_of(endpoint) is not None:
        return {}
    return {"state": Delivery.State.DELIVERED, "delivered_at": message.created_at}


def _store_state(incident: Incident, type: str) -> None:
    """Store what the message makes of the incident; one that has ended keeps its end."""
    if type == Type.CANCEL and incident.is_active:
        end(incident, Incident.State.CANCELLED)
        return
    incident.state = Incident.State.CANCELLED if type == Type.CANCEL else Incident.State.DISPATCHED
    incident.save(update_fields=["state"])


def _require_order(type: str, earlier: list[FeedMessage]) -> None:
    """Require an alert first, then updates, then one cancellation at most."""
    is_first = type == Type.ALERT
    is_over = bool(earlier) and earlier[-1].type == Type.CANCEL
    if type not in (Type.ALERT, Type.UPDATE, Type.CANCEL) or is_over or is_first == bool(earlier):
        raise Rejection(
            "type",
            "out_of_order",
            _("this does not follow what was sent about the incident before"),
            _("open the incident again"),
        )


def _require_shown(receivers: list[FeedEndpoint], shown: Collection[int] | None) -> None:
    if shown is not None and {each.pk for each in receivers} != set(shown):
        raise Rejection(
            "endpoints",
            "changed_meanwhile",
            _("the feeds that receive it have changed meanwhile"),
            _("look at the list again"),
        )


def _locked(incident: Incident) -> Incident:
    return (
        Incident.objects.select_for_update(of=("self",))
        .select_related("site", "watch_entry")
        .get(pk=incident.pk)
    )


RENEWED = timeline.declare(
    "feed_renewed",
    gettext_lazy("Alert renewed at %(to)s"),
    afterwards=gettext_lazy("Alert renewed"),
)


@transaction.atomic
def renew(incident: Incident, kinds: Collection[str], before: datetime) -> FeedMessage | None:
    """Repeat the last message about an open incident where it would expire otherwise.

    It says what a person dispatched last and adds nothing, so that nothing leaves unreviewed.

    Args:
        kinds: the kinds of endpoints whose messages expire.
        before: a message that was sent later needs no renewal yet.
    """
    incident = _locked(incident)
    earlier = list(incident.messages.order_by("number"))
    last = earlier[-1] if earlier else None
    if last is None or last.type == Type.CANCEL or last.created_at > before:
        return None
    informed = informed_endpoints(incident)
    found = endpoints_for(incident, Type.UPDATE)
    receivers = [each for each in found if each.pk in informed and each.kind in kinds]
    if not receivers or incident.state not in Incident.CONFIRMED:
        return None
    message = FeedMessage.objects.create(
        incident=incident,
        number=last.number + 1,
        type=Type.UPDATE,
        content=last.content,
        exercise=last.exercise,
        decided_by=last.decided_by,
        reason=last.reason,
        created_at=clock.now(),
    )
    _deliver(message, receivers, earlier)
    to = [endpoint.name for endpoint in receivers]
    timeline.record(incident, RENEWED, to=to)
    subject = ("incident", incident.pk)
    audit.record(incident.site, "feeds", "renew message", subject, message=message.public_id, to=to)
    return message
