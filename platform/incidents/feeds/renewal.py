"""Renew alerts of open incidents before they expire."""

from datetime import timedelta

from django.db.models import Max

from core import clock
from incidents.feeds.dispatch import renew
from incidents.models import FeedEndpoint, Incident

#: Alerts expire 24 hours after they were sent; a renewal leaves time for a receiver that is down.
RENEW_AFTER = timedelta(hours=22)
#: The kinds of endpoints whose messages expire.
EXPIRING = frozenset({FeedEndpoint.Kind.CAP.value})


def renew_due() -> int:
    """Renew the alerts of open incidents that expire soon; return how many were."""
    before = clock.now() - RENEW_AFTER
    rows = Incident.objects.filter(state__in=Incident.CONFIRMED)
    rows = rows.filter(messages__deliveries__endpoint__kind__in=EXPIRING)
    due = rows.annotate(latest=Max("messages__created_at")).filter(latest__lte=before)
    found = list(due.order_by("pk"))
    return sum(renew(incident, EXPIRING, before) is not None for incident in found)
