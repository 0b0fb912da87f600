"""What deliveries of notifications are called on pages."""

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Notification, NotificationDelivery
from core.notifications.channels import LABELS

State = NotificationDelivery.State
STATES: dict[str, str | Promise] = {
    State.HELD: gettext_lazy("held for the end of quiet hours"),
    State.PENDING: gettext_lazy("waiting"),
    State.SENT: gettext_lazy("sent"),
    State.FAILED: gettext_lazy("not sent"),
    State.SKIPPED: gettext_lazy("not needed any more"),
}
_ERRORS: dict[str, str | Promise] = {
    "no_address": gettext_lazy("no address"),
    "no_access": gettext_lazy("the account is closed"),
    "not_set_up": gettext_lazy("not set up"),
    "refused": gettext_lazy("refused by the receiver"),
}


def described(delivery: NotificationDelivery) -> str:
    """Return one delivery as a short text, such as ``Mail: sent 12:03:05``."""
    words = [str(STATES[delivery.state])]
    if delivery.sent_at is not None:
        words.append(timezone.localtime(delivery.sent_at).strftime("%H:%M:%S"))
    if delivery.error:
        words.append(f"({_ERRORS.get(delivery.error, delivery.error)})")
    shown = {"channel": LABELS.get(delivery.channel, delivery.channel), "state": " ".join(words)}
    return _("%(channel)s: %(state)s") % shown


def all_described(notification: Notification) -> list[str]:
    """Return the deliveries of a notification, which were read with it, oldest first."""
    return [described(each) for each in notification.deliveries.all()]
