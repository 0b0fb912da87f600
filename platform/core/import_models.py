"""Rows of imports: a batch, its file, its staged rows, and what it has changed.

They belong to `core.models`, and stand here to keep that file short.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatch(models.Model):
    """One list that a person has uploaded: checked first, then applied as a whole."""

    class State(models.TextChoices):
        """How far it is."""

        CHECKING = "checking", _("checking")
        CHECKED = "checked", _("ready to import")
        REJECTED = "rejected", _("has errors")
        APPLYING = "applying", _("importing")
        APPLIED = "applied", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        DISCARDED = "discarded", _("discarded")
        FAILED = "failed", _("failed")

    WORKING = (State.CHECKING, State.APPLYING, State.UNDOING)

    site = models.ForeignKey("core.Site", models.CASCADE, related_name="import_batches")
    kind = models.CharField(_("list"), max_length=40)
    file_name = models.CharField(_("file"), max_length=120)
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    # In which messages about its rows are stored.
    language = models.CharField(max_length=10)
    # How it writes dates whose year stands last (core.tables.DateOrder).
    date_order = models.CharField(max_length=5, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    # What works on it now, or did last.
    run = models.ForeignKey("core.Run", models.PROTECT, null=True, related_name="+")
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    # Why the whole list was rejected or could not be undone: code, message, hint.
    problem = models.JSONField(null=True)
    uploaded_at = models.DateTimeField(_("uploaded"))
    applied_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                condition=models.Q(state__in=["checking", "applying", "undoing"]),
                name="one_import_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["site", "uploaded_at", "id"], name="import_batch_by_time")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether a job works on it."""
        return self.state in self.WORKING

    @property
    def effective(self) -> int:
        """The number of its rows that change something."""
        return self.created + self.changed

    @property
    def total(self) -> int:
        """The number of its rows that were checked."""
        return self.created + self.changed + self.unchanged + self.rejected


class ImportFile(models.Model):
    """The uploaded file, until its rows are staged."""

    batch = models.OneToOneField(ImportBatch, models.CASCADE, related_name="file")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"file of batch {self.batch_id}"


class ImportRow(models.Model):
    """One row of a list, checked; removed once the batch is applied or discarded."""

    class Outcome(models.TextChoices):
        """What the import does with a row."""

        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("unchanged")
        REJECTED = "rejected", _("rejected")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    # By the columns' codes, as `Column.dump` writes them; of a rejected row, the cells' texts.
    values = models.JSONField()
    # What may stand in a list once only: the thing's natural key, and another one.
    key = models.CharField(max_length=300, blank=True, default="")
    other_key = models.CharField(max_length=300, blank=True, default="")
    # Rows that depend on each other.
    group = models.CharField(max_length=120, blank=True, default="")
    outcome = models.CharField(max_length=9, choices=Outcome)
    # Each with column, code, message, hint and the cell's text.
    problems = models.JSONField(default=list)
    # The values before and after, by column.
    changes = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),
        ]
        indexes = [
            models.Index(fields=["batch", "key"], name="import_row_key"),
            models.Index(fields=["batch", "other_key"], name="import_row_other_key"),
            models.Index(fields=["batch", "group"], name="import_row_group"),
            models.Index(fields=["batch", "outcome", "number"], name="import_row_outcome"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of batch {self.batch_id}"


class ImportEffect(models.Model):
    """What a batch has created or changed, so that it can be undone."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="effects")
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    # The values that were changed, before and after; empty for what was created.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["batch", "id"], name="import_effect_order")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} of batch {self.batch_id}"

    @property
    def is_creation(self) -> bool:
        """Whether the batch created the thing."""
        return not self.before and not self.after
