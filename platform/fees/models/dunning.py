"""Reminders of unpaid bills, and waivers of late fees."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Bill, Charge
from core.models import Site, User
from estate.models import Unit


class ReminderStep(models.Model):
    """That payers are reminded of unpaid bills so many days after they were due."""

    class Channels(models.TextChoices):
        """By what they are reminded, as far as they have an address for it."""

        MAIL = "mail", pgettext_lazy("reminder", "by mail")
        TEXT = "text", pgettext_lazy("reminder", "by text message")
        BOTH = "both", pgettext_lazy("reminder", "by mail and text message")
        FIRST = "first", pgettext_lazy("reminder", "by mail, else by text message")

    site = models.ForeignKey(Site, models.CASCADE, related_name="reminder_steps")
    # Below zero: before the bill is due.
    days = models.SmallIntegerField(_("days after the due date"))
    channels = models.CharField(
        _("channels"), max_length=5, choices=Channels, default=Channels.MAIL
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "days"], name="reminder_step_once"),
            models.CheckConstraint(
                condition=Q(days__range=(-60, 365)), name="reminder_step_near_due_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days:+} days"


class ReminderPause(models.Model):
    """That nobody is reminded of the bills of a unit until a day."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="reminder_pauses")
    unit = models.OneToOneField(Unit, models.CASCADE, related_name="reminder_pause")
    # The last day without reminders.
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"unit {self.unit_id} until {self.until}"


class Reminder(models.Model):
    """A reminder of a bill; each step reminds of it once."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="reminders")
    # Of the step, which may be removed later.
    days = models.SmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill", "days"], name="reminder_once_a_step")
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="reminder_by_time")]

    def __str__(self) -> str:
        return f"bill {self.bill_id}, {self.days:+} days"


class ReminderMessage(models.Model):
    """A reminder as one receiver gets it by one channel; without any, the payer has no address."""

    class Channel(models.TextChoices):
        MAIL = "mail", pgettext_lazy("reminder", "mail")
        TEXT = "text", pgettext_lazy("reminder", "text message")
        LETTER = "letter", pgettext_lazy("reminder", "letter")

    class State(models.TextChoices):
        """Where it is, or why it was not sent."""

        WAITING = "waiting", pgettext_lazy("reminder", "waiting")
        SENT = "sent", pgettext_lazy("reminder", "sent")
        PAID = "paid", pgettext_lazy("reminder", "not sent: paid before")
        PAUSED = "paused", pgettext_lazy("reminder", "not sent: paused")
        LATE = "late", pgettext_lazy("reminder", "not sent: too late")
        ERASED = "erased", pgettext_lazy("reminder", "not sent: address erased")

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="messages")
    channel = models.CharField(max_length=6, choices=Channel)
    # Whose address it is: the payer's, or that of a member of the household.
    receiver_type = models.CharField(max_length=20)
    receiver_id = models.CharField(max_length=40)
    # Empty for a letter, and once the data of a person was erased.
    address = models.CharField(max_length=254, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    # When it was sent, or left out.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reminder", "channel", "receiver_type", "receiver_id"],
                name="reminder_once_a_receiver",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="reminder_message_ended_in_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["receiver_type", "receiver_id"], name="reminder_of_receiver")
        ]

    def __str__(self) -> str:
        return f"reminder {self.reminder_id} by {self.channel}, {self.state}"

    @property
    def receiver(self) -> tuple[str, str]:
        """Whose address it is, as (type, id)."""
        return self.receiver_type, self.receiver_id


class LateFeeWaiver(models.Model):
    """That a late fee is not collected, in whole or in part.

    Above the site's limit it waits for a second person.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("waiver", "waiting for approval")
        APPROVED = "approved", pgettext_lazy("waiver", "approved")
        REFUSED = "refused", pgettext_lazy("waiver", "refused")

    site = models.ForeignKey(Site, models.PROTECT, related_name="late_fee_waivers")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="waivers")
    # In minor units.
    amount = models.PositiveBigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(max_length=9, choices=State)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Null where the amount needed no second person.
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charge"], condition=Q(state="requested"), name="waiver_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="waiver_decided_by_second_person",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="waiver_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of charge {self.charge_id}, {self.state}"
