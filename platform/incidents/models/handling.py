"""What people do about an incident: reviews, comments, and the steps of its procedure."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from incidents import kinds
from incidents.models.incident import Incident
from incidents.severities import Severity


class Review(models.Model):
    """One review of an incident; rows are never changed. The incident has the latest."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="reviews")
    at = models.DateTimeField()
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed = models.BooleanField()
    # The severity from this review on.
    severity = models.CharField(max_length=10, choices=Severity)
    reason = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} reviewed by {self.reviewer_id}"


class Comment(models.Model):
    """A comment on an incident; it is not changed afterwards."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="comments")
    at = models.DateTimeField()
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Empty once it is past its retention.
    text = models.CharField(_("comment"), max_length=2000, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"comment on {self.incident_id}"


class ProcedureStep(models.Model):
    """A step of what to do about incidents of a kind at a site.

    A changed procedure gets new steps; those that were ticked stay with their incidents.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=kinds.MAX_CODE)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("step"), max_length=200)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "position"],
                condition=Q(ended_at=None),
                name="procedure_step_once",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="procedure_step_has_text"),
        ]

    def __str__(self) -> str:
        return self.text


class StepTick(models.Model):
    """A step that a person has done for an incident."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="ticks", db_index=False)
    step = models.ForeignKey(ProcedureStep, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "step"], name="procedure_step_done_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} step {self.step_id}"
