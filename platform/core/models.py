"""Users, organisations, sites, the audit log, jobs and rate limits."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.clock import validate_zone
from core.currencies import validate_currency
from core.document_models import Document as Document
from core.import_models import ImportBatch as ImportBatch
from core.import_models import ImportEffect as ImportEffect
from core.import_models import ImportFile as ImportFile
from core.import_models import ImportRow as ImportRow
from core.installation_models import HealthReport as HealthReport
from core.installation_models import InstallationSetting as InstallationSetting
from core.notification_models import Notification as Notification
from core.notification_models import NotificationDelivery as NotificationDelivery
from core.notification_models import NotificationSubject as NotificationSubject
from core.outbox_models import OutboxMessage as OutboxMessage
from core.outbox_models import PausedReceiver as PausedReceiver
from core.retention_models import LegalHold as LegalHold
from core.retention_models import RetentionPeriod as RetentionPeriod
from core.retention_models import RetentionReport as RetentionReport


class User(AbstractUser):
    """A person who can sign in."""

    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    # Of pages: light or dark; empty for that of the system.
    theme = models.CharField(_("theme"), max_length=10, blank=True, default="")
    # Whether the password was generated and has to be replaced before anything else.
    must_change_password = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What pages and messages call the person: the full name, else the user name."""
        return self.get_full_name() or self.get_username()


class Organisation(models.Model):
    """The legal entity that runs sites, bills for them and is paid."""

    name = models.CharField(_("name"), max_length=160)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True, default="")
    address = models.CharField(_("address"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A residential community or logistics park, to which roles, devices and records belong."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sites")
    timezone = models.CharField(_("timezone"), max_length=64, validators=[validate_zone])
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    # Countries whose plates are expected (ISO 3166-1); empty: the installation's setting.
    plate_countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    # Of names that are made for the site, such as its buildings'; empty: the installation's.
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    # For payers and residents: who answers questions, and what online payment accepts.
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    wallets = models.CharField(_("cards and wallets"), max_length=120, blank=True, default="")
    longitude = models.FloatField(_("longitude"), default=0.0)
    latitude = models.FloatField(_("latitude"), default=0.0)
    # When the checklist of a new site was done; it stays so, whatever is ended later.
    set_up_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did or read what. Rows are only inserted: triggers refuse updates and deletes.

    The table has one more column, ``xid``: the transaction that inserted the row.
    """

    class Form(models.IntegerChoices):
        """How an entry is authenticated."""

        CHAINED = 1, "by its chain: an entry of version 0.1, whose `mac` is its seal's digest"
        OWN_MAC = 2, "by its own HMAC"

    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="audit_entries")
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    at = models.DateTimeField()
    actor = models.CharField(max_length=160)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    form = models.PositiveSmallIntegerField(choices=Form, default=Form.OWN_MAC)
    mac = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(
                fields=["site", "subject_type", "subject_id", "at", "id"], name="audit_subject"
            ),
            models.Index(fields=["site", "-at"], name="audit_of_site"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type}:{self.subject_id} by {self.actor}"

    @property
    def subject(self) -> tuple[str, str]:
        """Its type and its id there."""
        return self.subject_type, self.subject_id


class AuditSeal(models.Model):
    """One link of a chain of audit entries: a site's, or the installation's where site is null."""

    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="audit_seals")
    seq = models.PositiveBigIntegerField()
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="seal")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "seq"], name="audit_seq_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.seq} of {self.site_id or 'the installation'}"


class AuditCheckpoint(models.Model):
    """A run of seals that were deleted with their entries after the retention period.

    A chain is verified across it: what comes before it has the digest ``previous``, and what comes
    after it follows ``digest``.
    """

    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+")
    first_seq = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField()
    previous = models.CharField(max_length=64)
    # Of the last seal.
    digest = models.CharField(max_length=64)
    # The time of the latest of its entries.
    newest_at = models.DateTimeField()
    made_at = models.DateTimeField()
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["site", "first_seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "first_seq"], name="audit_checkpoint_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(last_seq__gte=F("first_seq")), name="audit_checkpoint_is_a_range"
            ),
        ]

    def __str__(self) -> str:
        return f"seals {self.first_seq} to {self.last_seq} of {self.site_id or 'the installation'}"


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


class Run(models.Model):
    """Work on many things in the background: its progress, where it resumes, its result."""

    class State(models.TextChoices):
        """How far a run is; the last three are final."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=60)
    site = models.ForeignKey(Site, models.PROTECT, related_name="runs")
    actor = models.CharField(max_length=160)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(default=dict)
    # Where the next chunk begins: what comes before it was committed with the counts.
    cursor = models.JSONField(null=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["site", "kind", "-id"], name="run_of_site")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running"], ended_at=None)
                | models.Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
                name="run_ended_in_a_final_state",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.done + self.failed} of {self.total}"

    @property
    def is_ended(self) -> bool:
        """Whether the run is in a final state."""
        return self.state not in self.UNFINISHED


class RateLimit(models.Model):
    """How often something was tried, and when it may be tried again (core.rate_limits)."""

    key = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()
    admits_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} since {self.began_at:%Y-%m-%d %H:%M}"


class SavedView(models.Model):
    """The filters, order and columns of a list under a name, for one person or a site's team."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    # A query string, as in the list's address.
    query = models.CharField(max_length=2000, blank=True, default="")
    shared = models.BooleanField(_("shared with the team"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "user", "list_name", "name"], name="saved_view_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """How a person last looked at a list of a site: its query string and its hidden columns."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True, default="")
    hidden = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "user", "list_name"], name="list_preference_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_name} of {self.user_id}"


class UndoableChange(models.Model):
    """A bulk change of a list's rows, which the person who made it can undo (core.undo)."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    # By primary key of a row: the values of the changed fields before and after, by name.
    rows = models.JSONField()
    at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "list_name", "-id"], name="undoable_change_of_user")
        ]

    def __str__(self) -> str:
        return f"{self.action} {len(self.rows)} of {self.list_name}"
