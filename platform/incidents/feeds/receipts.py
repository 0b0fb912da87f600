"""The liaison's acknowledgement of a message: that a person there has taken it on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, events, live
from core.errors import Rejection
from core.models import User
from incidents import timeline, topics
from incidents.feeds.events import LiaisonAcknowledged
from incidents.feeds.pausing import PROCESS
from incidents.models import Delivery, Incident

OPERATOR, NOTE = 120, 400
ACKNOWLEDGED = timeline.declare(
    "liaison_acknowledged",
    gettext_lazy("Acknowledged by %(endpoint)s (%(operator)s)"),
    afterwards=gettext_lazy("Acknowledged by an authority"),
)


@transaction.atomic
def acknowledge(
    delivery: Delivery,
    operator: str,
    note: str = "",
    *,
    at: datetime | None = None,
    actor: User | None = None,
) -> Delivery:
    """Record an acknowledgement; the first one stands, a second has no effect.

    Args:
        operator: who acknowledges, as the receiver names them.
        at: when, by the receiver's clock; ours is recorded beside it.
        actor: the liaison who is signed in here; None where their system called.

    Raises:
        Rejection: the operator is missing, or the message was not delivered.
    """
    _require_operator(operator)
    delivery = _locked(delivery)
    if delivery.acknowledged_at is not None:
        return delivery
    _require_not_cancelled(delivery)
    _store(delivery, operator, note)
    _record(delivery, at, actor)
    if delivery.message.incident_id is not None:
        _advance(delivery, delivery.message.incident_id, actor)
    return delivery


def _require_operator(operator: str) -> None:
    if not operator.strip():
        raise Rejection(
            "operator", "missing", _("the operator is missing"), _("say who acknowledges")
        )


def _require_not_cancelled(delivery: Delivery) -> None:
    if delivery.state == Delivery.State.CANCELLED:
        raise Rejection(
            "message", "cancelled", _("the message was cancelled"), _("no action is needed")
        )


def _store(delivery: Delivery, operator: str, note: str) -> None:
    delivery.acknowledged_at = clock.now()
    delivery.acknowledged_by = operator.strip()[:OPERATOR]
    delivery.acknowledgement = note.strip()[:NOTE]
    delivery.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledgement"])


def _record(delivery: Delivery, at: datetime | None, actor: User | None) -> None:
    site = delivery.endpoint.site
    detail = {"message": delivery.message.public_id, "operator": delivery.acknowledged_by}
    if at is not None:
        detail["reported_at"] = at.isoformat()
    subject = ("feed", delivery.endpoint_id)
    audit.record(site, actor or PROCESS, "acknowledge message", subject, **detail)
    live.announce(topics.FEED, site.pk, delivery.endpoint_id)


def _advance(delivery: Delivery, incident_id: int, actor: User | None) -> None:
    """Show at the incident that a person at the authority has the latest message sent there."""
    rows = Incident.objects.select_for_update(of=("self",))
    incident = rows.get(pk=incident_id)
    timeline.record(
        incident,
        ACKNOWLEDGED,
        actor,
        endpoint=delivery.endpoint.name,
        operator=delivery.acknowledged_by,
        note=delivery.acknowledgement,
    )
    # A renewal goes to some endpoints only, so it does not count for the others.
    sent_there = Delivery.objects.filter(endpoint=delivery.endpoint_id, message__incident=incident)
    is_latest = not sent_there.filter(seq__gt=delivery.seq).exists()
    if incident.state == Incident.State.DISPATCHED and is_latest:
        incident.state = Incident.State.ACKNOWLEDGED
        incident.save(update_fields=["state"])
    events.publish(LiaisonAcknowledged(incident.pk, delivery.pk))
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)


def _locked(delivery: Delivery) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",))
    return rows.select_related("endpoint__site", "message").get(pk=delivery.pk)
