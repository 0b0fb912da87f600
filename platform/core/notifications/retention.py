"""How long notifications are kept, with the record of who was notified when and how."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import retention
from core.models import Notification

NOTIFICATIONS = "notifications"
STANDARD_DAYS = 90
_BATCH = 1000
_SCOPE = retention.Scope(site="site", at="latest_at")


def register_classes() -> None:
    """Declare the class of data."""
    retention.register(
        retention.DataClass(
            NOTIFICATIONS,
            _("Notifications to persons"),
            _("from the latest notice"),
            lambda: STANDARD_DAYS,
        )
    )


def delete_old() -> int:
    """Delete the notifications past their period, with their deliveries; return how many."""
    sweep = retention.Sweep(NOTIFICATIONS, Notification.objects.all(), _SCOPE)
    while sweep.work_on_batch(_BATCH, _delete):
        pass
    return sweep.record()


def _delete(rows: QuerySet[Notification]) -> object:
    return rows.delete()
