"""What holds at doors at the moment: contacts, lock-downs that wait for a second person."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import User
from estate.models import Door, DoorGroup


class DoorContact(models.Model):
    """In which position a door is, as its contact reported last.

    Attributes:
        since: when it came into this position, by our clock.
        opened_at: when it was opened; null while it is closed.
        reported_at: of the newest report; older ones that arrive later change nothing.
    """

    class Position(models.TextChoices):
        """Whether it is open, and how it came to be."""

        CLOSED = "closed", pgettext_lazy("of a door", "closed")
        OPEN = "open", pgettext_lazy("of a door", "open")
        HELD = "held", pgettext_lazy("of a door", "held open")
        FORCED = "forced", pgettext_lazy("of a door", "forced open")

    door = models.OneToOneField(Door, models.CASCADE, related_name="contact")
    position = models.CharField(max_length=6, choices=Position)
    since = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(position="closed", opened_at=None)
                | (~Q(position="closed") & Q(opened_at__isnull=False)),
                name="open_door_was_opened",
            )
        ]

    def __str__(self) -> str:
        return f"door {self.door_id} {self.position}"


class LockDownRequest(models.Model):
    """That a person wants a group locked down, which a second person confirms or declines."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", pgettext_lazy("of a lock-down", "waiting")
        CONFIRMED = "confirmed", pgettext_lazy("of a lock-down", "confirmed")
        DECLINED = "declined", pgettext_lazy("of a lock-down", "declined")

    group = models.ForeignKey(DoorGroup, models.CASCADE, related_name="lock_down_requests")
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group"], condition=Q(state="waiting"), name="lock_down_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False)),
                name="lock_down_was_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"lock-down of group {self.group_id}, {self.state}"
