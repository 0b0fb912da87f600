"""People at doors: what a device said, who it was, and what was decided; who is inside."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from core.models import Site
from devices.models import Command, Device
from doors.models.cards import Card
from doors.models.tokens import Token
from estate.models import Door, DoorGroup, Zone
from people.models import Person


def _one_holder() -> Q:
    """Return the condition that a row is either a person's or a visit's."""
    of_person = Q(person__isnull=False, visit__isnull=True)
    return of_person | Q(person__isnull=True, visit__isnull=False)


class DoorPassage(models.Model):
    """One credential at one door, as the device reported it or asked about it.

    Attributes:
        key: the device's own id of the message.
        credential: what the device said where it named a card or a person; never a PIN or a code.
        device_granted: what the device decided by itself; null where it asked.
        granted: whether the door opened: by the device, or by our answer.
        outcome, rule, facts, trace: our decision; of a device that had decided, what we would have.
        at: the device's time less its clock's offset.
        is_late: the message is about a time that is over.
        is_buffered: the device recorded it while it had no connection.
        is_duress: the PIN was the one that calls for help.
        evidence: an incident needs it, and it outlasts its period.
    """

    class Outcome(models.TextChoices):
        """What was decided."""

        OPEN = "open", pgettext_lazy("of a door", "opened")
        REFUSE = "refuse", pgettext_lazy("of a door", "refused")
        RECORD = "record", _("recorded only")

    site = models.ForeignKey(Site, models.CASCADE, related_name="door_passages")
    door = models.ForeignKey(Door, models.PROTECT, null=True, related_name="passages")
    device = models.ForeignKey(Device, models.PROTECT, related_name="door_passages")
    key = models.CharField(max_length=120)
    means = models.CharField(max_length=10)
    credential = models.CharField(max_length=200, blank=True, default="")
    card = models.ForeignKey(Card, models.SET_NULL, null=True, related_name="passages")
    token = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="passages")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="door_passages")
    visit = models.ForeignKey(VisitorPass, models.SET_NULL, null=True, related_name="door_passages")
    direction = models.CharField(max_length=3, blank=True, default="")
    device_granted = models.BooleanField(null=True)
    device_reason = models.CharField(max_length=200, blank=True, default="")
    score = models.FloatField(null=True)
    granted = models.BooleanField()
    outcome = models.CharField(max_length=6, choices=Outcome)
    rule = models.CharField(max_length=30)
    facts = models.JSONField(default=dict)
    trace = models.JSONField(default=list)
    took_us = models.PositiveIntegerField(default=0)
    device_at = models.DateTimeField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    is_buffered = models.BooleanField(default=False)
    is_duress = models.BooleanField(default=False)
    evidence = models.BooleanField(default=False)
    command = models.ForeignKey(Command, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "key"], name="door_passage_once")]
        indexes = [
            models.Index(fields=["site", "-at", "-id"], name="door_passage_by_time"),
            models.Index(fields=["door", "-at"], name="door_passage_of_door"),
            models.Index(
                fields=["person", "-at"],
                condition=Q(person__isnull=False),
                name="door_passage_of_person",
            ),
            models.Index(
                fields=["visit", "-at"],
                condition=Q(visit__isnull=False),
                name="door_passage_of_visit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means} at door {self.door_id}, {self.outcome}"

    @property
    def holder_name(self) -> str:
        """The name of the person or the visitor, or the visitor's plate; empty where unknown."""
        if self.visit is not None:
            return self.visit.visitor_name or self.visit.plate
        return self.person.name if self.person else ""


class Presence(models.Model):
    """That a person or a visitor passed into a zone and has not left it by a door since."""

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="present")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="presences")
    visit = models.ForeignKey(VisitorPass, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    passage = models.ForeignKey(DoorPassage, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zone", "person"], name="person_in_zone_once"),
            models.UniqueConstraint(fields=["zone", "visit"], name="visit_in_zone_once"),
            models.CheckConstraint(condition=_one_holder(), name="presence_has_one_holder"),
        ]

    def __str__(self) -> str:
        return f"{_holder(self)} in zone {self.zone_id}"


class LastPass(models.Model):
    """The last direction in which somebody passed the doors of a group, for anti-passback."""

    group = models.ForeignKey(DoorGroup, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    visit = models.ForeignKey(VisitorPass, models.CASCADE, null=True, related_name="+")
    direction = models.CharField(max_length=3)
    at = models.DateTimeField()
    # By whom, where a guard has forgiven that the person is inside.
    forgiven_by = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="last_pass_of_person_once"),
            models.UniqueConstraint(fields=["group", "visit"], name="last_pass_of_visit_once"),
            models.CheckConstraint(condition=_one_holder(), name="last_pass_has_one_holder"),
        ]

    def __str__(self) -> str:
        return f"{_holder(self)} passed {self.direction} in group {self.group_id}"


def _holder(row: Presence | LastPass) -> str:
    return f"visit {row.visit_id}" if row.visit_id else f"person {row.person_id}"
