"""Musters: while the people inside are gone through, who was marked as safe, by whom and when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models import VisitorPass
from core.models import Site, User
from people.models import Person


class Muster(models.Model):
    """One time that the people inside are gone through, from its begin until a person ends it.

    Attributes:
        is_drill: nothing has happened.
        begun_by, ended_by: names of users as they were then.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="musters")
    is_drill = models.BooleanField(_("drill"), default=False)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["site", "-begun_at"], name="muster_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=Q(ended_at=None), name="one_muster_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="muster_was_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"muster of site {self.site_id} at {self.begun_at:%Y-%m-%d %H:%M}"


class MusterMark(models.Model):
    """That a person, a visitor, or the driver of a car was found safe at a muster."""

    muster = models.ForeignKey(Muster, models.CASCADE, related_name="marks")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    visit = models.ForeignKey(VisitorPass, models.CASCADE, null=True, related_name="+")
    plate = models.CharField(max_length=16, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["muster", "person"], name="muster_person_once"),
            models.UniqueConstraint(fields=["muster", "visit"], name="muster_visit_once"),
            models.UniqueConstraint(
                fields=["muster", "plate"], condition=~Q(plate=""), name="muster_plate_once"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, visit=None, plate="")
                | Q(person=None, visit__isnull=False, plate="")
                | (Q(person=None, visit=None) & ~Q(plate="")),
                name="muster_mark_names_one",
            ),
        ]

    def __str__(self) -> str:
        return f"safe at muster {self.muster_id}"


class MusterRules(models.Model):
    """What holds for the muster list of a site; a site without a row has the defaults."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="muster_rules")
    sure_hours = models.PositiveSmallIntegerField(_("sure for (h)"), default=12)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sure_hours__gte=1, sure_hours__lte=168), name="sure_for_a_week_at_most"
            )
        ]

    def __str__(self) -> str:
        return f"rules of the muster list of site {self.site_id}"
