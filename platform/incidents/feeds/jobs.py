"""Scheduled jobs of feeds: warn of late messages, delete what is past its retention period."""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models.fields.json import KT

from core import clock, events
from core.jobs import every
from core.retention import Scope, Sweep
from incidents.feeds import redaction
from incidents.feeds.events import DeliveryLate
from incidents.models import Delivery, FeedMessage
from incidents.retention import EVIDENCE
from incidents.severities import Severity

#: After so long, who is on call phones the authority about an extreme incident.
PHONE_AFTER = timedelta(minutes=2)

_MESSAGES = Scope(site="incident__site", at="created_at", plate="named_plate", incident="incident")


@every(minutes=1)
def warn_of_late_deliveries() -> int:
    """Publish each extreme incident's delivery that is late, once; return how many there were."""
    before = clock.now() - PHONE_AFTER
    late = Delivery.objects.filter(
        state__in=[Delivery.State.PENDING, Delivery.State.DEAD, Delivery.State.REJECTED],
        created_at__lt=before,
        warned_at=None,
        message__content__severity=Severity.EXTREME,
        message__incident__isnull=False,
    ).exclude(message__type=FeedMessage.Type.CANCEL)
    keys = list(late.order_by("pk").values_list("pk", flat=True))
    return sum(_warn(pk) for pk in keys)


@transaction.atomic
def _warn(pk: int) -> bool:
    found = Delivery.objects.filter(pk=pk, warned_at=None).update(warned_at=clock.now())
    if found:
        events.publish(DeliveryLate(pk))
    return bool(found)


@every(minutes=720)
@transaction.atomic
def redact_messages() -> int:
    """Delete the bodies and plates of messages about incidents that ended long ago.

    Who sent what to whom, when, and its SHA-256 stay on record.

    Returns:
        The number of messages.
    """
    rows = redaction.unredacted().alias(named_plate=KT("content__plate"))
    sweep = Sweep(EVIDENCE, rows, _MESSAGES, "incident__ended_at")
    due = dict(sweep.due().values_list("pk", "incident__site"))
    redaction.redact(FeedMessage.objects.filter(pk__in=due))
    sweep.count(Counter(due.values()))
    return sweep.record()
