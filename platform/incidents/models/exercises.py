"""Exercises: times in which a site practises, with incidents that are marked as such."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User


class Exercise(models.Model):
    """A time in which a site practises; one is under way at most, and each has an end."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="exercises")
    reason = models.CharField(_("reason"), max_length=200)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started"))
    # When it ends by itself, unless a person ends it before.
    ends_at = models.DateTimeField(_("ends"))
    ended_at = models.DateTimeField(null=True)
    # Null where it ended by itself.
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # What happened, counted when it ends (`incidents.exercises.summary_of`).
    summary = models.JSONField(default=dict)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=Q(ended_at=None), name="one_exercise_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("started_at")), name="exercise_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="exercise_has_reason"),
        ]

    def __str__(self) -> str:
        return f"exercise {self.pk} of {self.site_id}"
