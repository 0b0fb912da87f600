"""The outbox: messages to the outside, and receivers that are sent nothing for now."""

from django.db import models


class OutboxMessage(models.Model):
    """A message to the outside, written with the change that caused it (core.outbox)."""

    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=160, unique=True)
    payload = models.JSONField()
    # Messages of one receiver are sent in order; those without one in any order.
    receiver = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField()
    # The end of the sending process's lease; null while none is sending.
    claimed_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When its first attempt failed; null while none has.
    failing_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True),
                name="outbox_waiting",
            ),
            models.Index(
                fields=["receiver", "id"],
                condition=models.Q(sent_at__isnull=True) & ~models.Q(receiver=""),
                name="outbox_unsent_of_receiver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class PausedReceiver(models.Model):
    """A receiver of the outbox that is sent nothing for now; its messages stay (core.outbox)."""

    receiver = models.CharField(max_length=160, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.receiver
