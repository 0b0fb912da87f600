"""What people have consented to: an append-only history, and what is in force."""

from django.db import models
from django.db.models import Q

from core.models import Site
from people.models.register import Person


class ConsentStatement(models.Model):
    """That a consent was given or withdrawn. Rows are only inserted: a trigger refuses changes.

    Erasing the person's data removes the name of the guardian, and no other value.

    Attributes:
        subject_type, subject_id: who consents, such as ``("person", 12)``.
        purpose: the code of a purpose (`people.consents`).
        at: when it was stated; statements may arrive in another order.
        text_version: of the purpose's wording.
        channel: where it was stated, such as ``portal`` or ``paper``.
        guardian: the name of who gave it for a child; else empty.
    """

    class State(models.TextChoices):
        """What is stated."""

        GIVEN = "given"
        WITHDRAWN = "withdrawn"

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State)
    at = models.DateTimeField()
    text_version = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=20)
    guardian = models.CharField(max_length=120, blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=160)

    class Meta:
        indexes = [
            models.Index(
                fields=["site", "subject_type", "subject_id", "purpose", "-at", "-id"],
                name="consent_of_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.purpose} {self.state}"


class ConsentGrant(models.Model):
    """A consent in force. What needs it refers to it, and is deleted with it.

    Attributes:
        person: the subject where it is a person, for composite foreign keys.
        statement: the one by which it was given.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="consents")
    purpose = models.CharField(max_length=40)
    statement = models.OneToOneField(ConsentStatement, models.PROTECT, related_name="grant")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "subject_type", "subject_id", "purpose"], name="consent_grant_once"
            ),
            models.UniqueConstraint(
                fields=["person", "site", "purpose"], name="consent_grant_of_person_once"
            ),
            models.CheckConstraint(
                condition=~Q(subject_type="person") | Q(subject_id=models.F("person")),
                name="consent_grant_names_its_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.purpose}"
