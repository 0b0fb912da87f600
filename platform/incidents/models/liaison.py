"""What liaisons answer about incidents that were dispatched to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import User
from incidents.models.feeds import FeedEndpoint
from incidents.models.incident import Incident


class LiaisonReply(models.Model):
    """A question of a liaison, or that the authority has closed the incident on its side."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        CLOSED = "closed", _("closed by the authority")

    endpoint = models.ForeignKey(FeedEndpoint, models.PROTECT, related_name="replies")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="liaison_replies")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # Empty once it is past its retention period.
    text = models.CharField(max_length=800, blank=True, default="")
    # The last message about the incident when it was written: a later one reopens the incident.
    number = models.PositiveIntegerField()
    # Of a question: the answer of the site's staff, which the liaison sees.
    answer = models.CharField(max_length=800, blank=True, default="")
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True, answered_at__isnull=True)
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="liaison_answer_names_its_author",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} about {self.incident_id}"
