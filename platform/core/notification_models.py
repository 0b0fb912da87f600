"""Notifications to persons, and their deliveries by each channel (core.notifications)."""

import uuid

from django.conf import settings
from django.db import models

from core.severities import Severity


class Notification(models.Model):
    """What one person was notified of: one notice, or the notices of one group within a window.

    Its texts are codes with parameters, rendered in the language of who reads them.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    site = models.ForeignKey("core.Site", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    # What its notices belong to, such as "incident:12"; empty for a notice of its own.
    group_key = models.CharField(max_length=160, blank=True, default="")
    # Codes of texts that the kind declares, and their values.
    title = models.CharField(max_length=40)
    text = models.CharField(max_length=40, blank=True, default="")
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=500, blank=True, default="")
    urgent = models.BooleanField(default=False)
    # Whether it says that what the person was notified of before has ended.
    is_resolution = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # The latest of its notices, how many there were, and how many the deliveries have covered.
    latest_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    announced_count = models.PositiveIntegerField(default=1)
    # When messages about it were last sent, or held for the end of quiet hours.
    announced_at = models.DateTimeField()
    # Further notices of the group are counted here until the window ends; null: none are.
    window_ends_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "group_key"],
                condition=models.Q(window_ends_at__isnull=False),
                name="notification_one_open_group",
            ),
            models.CheckConstraint(
                condition=models.Q(count__gte=models.F("announced_count")),
                name="notification_counts",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-latest_at"], name="notification_of_person"),
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(
                fields=["window_ends_at"],
                condition=models.Q(window_ends_at__isnull=False),
                name="notification_open",
            ),
            models.Index(
                fields=["group_key"],
                condition=~models.Q(group_key=""),
                name="notification_group",
            ),
            models.Index(fields=["site", "-latest_at", "-id"], name="notification_of_site"),
            models.Index(fields=["created_at"], name="notification_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.group_key} to {self.recipient_id}"


class NotificationSubject(models.Model):
    """One thing that a notification is about, such as an incident of a group, until it ends."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="subjects")
    key = models.CharField(max_length=160)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "key"], name="notification_subject_once"
            ),
        ]
        indexes = [models.Index(fields=["key"], name="notification_subject_key")]

    def __str__(self) -> str:
        return f"{self.key} of notification {self.notification_id}"


class NotificationDelivery(models.Model):
    """One message about a notification by one channel."""

    class Occasion(models.TextChoices):
        """Why it is sent."""

        FIRST = "first"
        SEVERITY_ROSE = "severity_rose"
        SUMMARY = "summary"
        AGAIN = "again"

    class State(models.TextChoices):
        """How far it is; pending ones are tried again, the last three are final."""

        HELD = "held"
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        SKIPPED = "skipped"

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10)
    occasion = models.CharField(max_length=16, choices=Occasion)
    # How many notices it covers.
    count = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State)
    at = models.DateTimeField()
    # The end of the person's quiet hours, for one that is held.
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # A code, or what the receiving server answered.
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | ~models.Q(state="sent") & models.Q(sent_at=None),
                name="notification_delivery_sent",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="held") | models.Q(due_at__isnull=False),
                name="notification_delivery_held",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="held"),
                name="notification_delivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
