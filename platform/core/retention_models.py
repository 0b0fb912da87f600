"""How long personal data is kept, legal holds, and what the retention jobs deleted."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RetentionPeriod(models.Model):
    """A site's own period for a class of data (core.retention.classes)."""

    site = models.ForeignKey("core.Site", models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    days = models.PositiveIntegerField(_("days"))
    # The law or contract that requires more than the standard period.
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True, default="")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="retention_period_once"),
            models.CheckConstraint(condition=Q(days__gt=0), name="retention_period_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.days} days"


class LegalHold(models.Model):
    """Data that no retention job may delete, until a second person has released it."""

    class Kind(models.TextChoices):
        INCIDENT = "incident", _("incident")
        PLATE = "plate", _("plate")
        PERSON = "person", _("person")
        PERIOD = "period", _("period")

    site = models.ForeignKey("core.Site", models.CASCADE, related_name="legal_holds")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    # The primary keys of rows of rooms above; null for other kinds.
    incident = models.PositiveBigIntegerField(null=True)
    person = models.PositiveBigIntegerField(null=True)
    plate = models.CharField(max_length=16, blank=True, default="")
    folded = models.CharField(max_length=16, blank=True, default="")
    # The time that a hold of a period covers.
    begins_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=400)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # When it is due for its review; it stays in force until then and until it is released.
    ends_at = models.DateTimeField(_("review on"))
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    release_reason = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        ordering = ["ends_at", "pk"]
        indexes = [
            models.Index(
                fields=["site", "kind"], condition=Q(released_at=None), name="legal_hold_in_force"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="incident", incident__isnull=False)
                | Q(kind="person", person__isnull=False)
                | Q(kind="plate")
                | Q(kind="period", begins_at__isnull=False, until_at__gt=F("begins_at")),
                name="legal_hold_has_subject",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="legal_hold_has_reason"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("created_at")), name="legal_hold_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False)
                & ~Q(released_by=F("owner")),
                name="legal_hold_released_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}: {self.kind}"


class RetentionReport(models.Model):
    """What one run of a retention job deleted at a site; rows are never changed."""

    site = models.ForeignKey("core.Site", models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    at = models.DateTimeField()
    deleted = models.PositiveIntegerField()
    # Past their period, and kept because of a hold.
    held = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["site", "code", "-at"], name="retention_report_of_class")]

    def __str__(self) -> str:
        return f"{self.code}: {self.deleted} at {self.at:%Y-%m-%d %H:%M}"
