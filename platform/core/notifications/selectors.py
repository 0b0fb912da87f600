"""Read notifications: a person's own, and the record of who was notified when and how."""

from collections.abc import Sequence

from django.db.models import Prefetch, Q, QuerySet

from core.models import Notification, NotificationDelivery, User
from core.permissions import sites_of


def own(user: User) -> QuerySet[Notification]:
    """Return a person's notifications, the latest first; without those of sites that were left."""
    here = Q(site=None) | Q(site__in=sites_of(user).values("pk").order_by())
    rows = Notification.objects.filter(here, recipient=user)
    return rows.select_related("site").order_by("-latest_at", "-pk")


def unread(user: User) -> QuerySet[Notification]:
    """Return those of a person's notifications that are not read."""
    return own(user).filter(read_at=None)


def about(subject: str) -> QuerySet[Notification]:
    """Return the notifications of something, such as an incident, alone or as one of a group."""
    return Notification.objects.filter(subjects__key=subject)


def record_of(subject: str) -> Sequence[Notification]:
    """Return who was notified of something, with deliveries, oldest first."""
    return list(with_deliveries(about(subject)).order_by("pk"))


def with_deliveries(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    """Read the recipients and deliveries of notifications together with them."""
    deliveries = NotificationDelivery.objects.order_by("pk")
    related = rows.select_related("recipient", "site")
    return related.prefetch_related(Prefetch("deliveries", deliveries))
