"""How a person wants to be notified, and the browsers that get the person's push messages."""

from django.db import models

from core.models import User
from core.severities import Severity


class NotificationSettings(models.Model):
    """A person's telephone for text messages, and quiet hours by the clock of a site."""

    user = models.OneToOneField(User, models.CASCADE, related_name="notification_settings")
    phone = models.CharField(max_length=40, blank=True, default="")
    # Local times; a period from 22:00 to 06:00 passes midnight.
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~models.Q(quiet_from=models.F("quiet_until")),
                name="quiet_hours_have_both_ends",
            )
        ]

    def __str__(self) -> str:
        return f"notification settings of user {self.user_id}"


class NotificationChoice(models.Model):
    """From which severity a person is notified of a kind by a channel; else the kind's default."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notification_choices")
    # Codes of `core.notifications`.
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10)
    # Empty: the channel is off.
    least = models.CharField(max_length=10, choices=Severity, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="notification_choice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel} of user {self.user_id}"


class PushSubscription(models.Model):
    """One browser that gets a person's push messages (RFC 8030): its address and its keys.

    Push services accept messages of this installation only, by its own key.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    # The browser's public key and its secret, as base64url.
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    # What people call it, such as "Firefox on Windows".
    browser = models.CharField(max_length=120, blank=True, default="")
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"push subscription {self.pk} of user {self.user_id}"
