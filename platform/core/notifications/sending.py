"""Send one delivery from the outbox, through its channel, in the recipient's language."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from core import clock
from core.models import NotificationDelivery
from core.notifications import channels
from core.notifications.channels import Outgoing, Undeliverable
from core.notifications.rendering import language_of, text_of, title_of
from core.outbox import NotYet

#: A message that could not be sent for so long says nothing any more.
GIVE_UP_AFTER = timedelta(hours=24)
State = NotificationDelivery.State


def send_delivery(key: str, message: dict[str, Any]) -> None:
    """Send one outbox message of a channel, and record how that went.

    Args:
        key: the outbox message's key.
        message: ``{"delivery": its key}``.

    Raises:
        Exception: the channel could not send it; the outbox tries again.
    """
    rows = NotificationDelivery.objects.select_related(
        "notification__recipient", "notification__site"
    )
    delivery = rows.filter(pk=message["delivery"], state=State.PENDING).first()
    if delivery is None:
        return
    try:
        _send(key, delivery)
    except NotYet:
        raise
    except Undeliverable as error:
        _store(delivery, state=State.FAILED, error=error.code)
    except Exception as error:
        text = " ".join(str(error).split())[:500] or type(error).__name__
        if clock.now() - delivery.at < GIVE_UP_AFTER:
            _store(delivery, error=text)
            raise
        _store(delivery, state=State.FAILED, error=text)
    else:
        _store(delivery, state=State.SENT, sent_at=clock.now(), error="")


def _send(key: str, delivery: NotificationDelivery) -> None:
    notification = delivery.notification
    channel, user = channels.get(delivery.channel), notification.recipient
    if channel is None:
        raise Undeliverable("not_set_up")
    if not user.is_active:
        raise Undeliverable("no_access")
    with language_of(user):
        message = Outgoing(
            key=key,
            notification=notification,
            recipient=user,
            title=title_of(notification),
            text=text_of(notification, delivery.count),
            url=settings.PUBLIC_URL.rstrip("/") + notification.path if notification.path else "",
        )
        channel.send(message)


def _store(delivery: NotificationDelivery, **values: Any) -> None:
    NotificationDelivery.objects.filter(pk=delivery.pk).update(**values)
