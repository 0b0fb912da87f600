"""Remove what is personal from messages that were sent: plates, bodies, names of operators."""

from django.db.models import QuerySet

from incidents.models import Delivery, DeliveryAttempt, FeedMessage

REDACTED = "redacted"


def unredacted() -> QuerySet[FeedMessage]:
    """Return the messages about incidents whose content is still stored."""
    about = FeedMessage.objects.filter(incident__isnull=False)
    return about.exclude(content__has_key=REDACTED)


def redact(messages: QuerySet[FeedMessage]) -> int:
    """Remove plate and bodies of messages, and what receivers answered; return how many."""
    found = list(messages.order_by("pk"))
    for message in found:
        content = {name: value for name, value in message.content.items() if name != "plate"}
        message.content = {**content, REDACTED: True}
    FeedMessage.objects.bulk_update(found, ["content"], batch_size=500)
    deliveries = Delivery.objects.filter(message__in=[each.pk for each in found])
    DeliveryAttempt.objects.filter(delivery__in=deliveries).update(answer="")
    deliveries.update(body=b"", acknowledged_by="", acknowledgement="")
    return len(found)
