"""Users, sites, the audit chain and the outbox."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import validate_zone


class User(AbstractUser):
    """A person who signs in."""

    language = models.CharField(_("language"), max_length=10, blank=True, default="")

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")


class Site(models.Model):
    """One residential community or logistics park: what roles, devices and records belong to."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(_("timezone"), max_length=64, validators=[validate_zone])
    currency = models.CharField(
        _("currency"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")]
    )
    longitude = models.FloatField(_("longitude"), default=0.0)
    latitude = models.FloatField(_("latitude"), default=0.0)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """One link of a site's audit chain; rows are only ever added (a trigger refuses the rest)."""

    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="audit_entries")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=160)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "seq"], name="audit_seq_once", nulls_distinct=False
            )
        ]
        ordering = ["site_id", "seq"]

    def __str__(self) -> str:
        return f"{self.action} {self.subject} by {self.actor}"


class OutboxMessage(models.Model):
    """Something the outside must be told, written with the change that caused it."""

    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=160, unique=True)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True),
                name="outbox_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Job(models.Model):
    """A function call that a worker makes later, or has made (core.jobs)."""

    queue = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    args = models.JSONField()
    # HMAC of path and arguments: a row that another program wrote is never run.
    signature = models.CharField(max_length=64)
    # Waiting jobs of one key are collapsed into one when a worker claims the first of them.
    key = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    # Not started before; later than created_at after a failure.
    due_at = models.DateTimeField()
    # The end of the worker's lease; null while no worker runs the job.
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    succeeded = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "due_at", "id"],
                condition=models.Q(finished_at=None),
                name="job_waiting",
            ),
            models.Index(
                fields=["key"],
                condition=models.Q(finished_at=None) & ~models.Q(key=""),
                name="job_waiting_key",
            ),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(finished_at__isnull=False),
                name="job_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} ({self.queue})"


class Schedule(models.Model):
    """When a job declared with `@every` or `@at_local_time` is queued next.

    A job at a local time has one row per site; `timezone` and `last_day` (the last local date
    that was queued) belong to it alone.
    """

    path = models.CharField(max_length=200)
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="+")
    next_at = models.DateTimeField(db_index=True)
    timezone = models.CharField(max_length=64, blank=True, default="")
    last_day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["path", "site"], name="schedule_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.path} at {self.next_at:%Y-%m-%d %H:%M}"
