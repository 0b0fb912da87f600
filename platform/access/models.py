"""Access lists, visitor passes, passages, plate reads and decisions."""

from zlib import crc32

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.accuracy_models import CameraDecline as CameraDecline
from access.accuracy_models import CameraHour as CameraHour
from access.accuracy_models import LabelExport as LabelExport
from access.visitor_models import VisitorPass as VisitorPass
from core.constraints import no_overlap
from core.models import Site, User
from core.plates import TEST_PLATE
from devices.clocks import MAX_DELAY
from devices.models import Command, Device
from estate.models import Lane


class AccessListEntry(models.Model):
    """A plate that the site admits, or blocks, for a time."""

    class Kind(models.TextChoices):
        ALLOW = "allow", _("allow")
        BLOCK = "block", _("block")

    site = models.ForeignKey(Site, models.CASCADE, related_name="access_list")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    plate = models.CharField(_("plate"), max_length=16)
    folded = models.CharField(max_length=16)
    reason = models.CharField(_("reason"), max_length=200)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # Added when overlapping periods were still accepted: history is not rewritten.
    overlap_tolerated = models.BooleanField(default=False, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["site", "folded"], name="access_list_folded"),
            models.Index(fields=["site", "begins_at", "id"], name="access_list_by_time"),
        ]
        constraints = [
            no_overlap(
                "access_list_entry_once_at_a_time",
                "site",
                "kind",
                "plate",
                condition=Q(overlap_tolerated=False),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")),
                name="access_list_entry_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.plate}"


class Passage(models.Model):
    """One car at a lane, from the photo until it has passed or turned back."""

    class State(models.TextChoices):
        READING = "reading", _("reading plate")
        HELD = "held", _("waiting for guard")
        UNPAID = "unpaid", _("waiting for payment")
        REFUSED = "refused", _("refused")
        OPENING = "opening", _("opening")
        OPEN = "open", _("barrier open")
        UNANSWERED = "unanswered", _("no answer from barrier")
        PASSED = "passed", _("passed")
        TURNED_BACK = "turned_back", _("turned back")
        REREAD = "reread", _("read again")

    site = models.ForeignKey(Site, models.PROTECT, related_name="passages")
    lane = models.ForeignKey(Lane, models.PROTECT, related_name="passages")
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="passages")
    direction = models.CharField(max_length=5, choices=Lane.Direction)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    # When the car was seen: the device's time less its offset, calculated when the message arrived
    # (devices.clocks). Rules and charges are based on it.
    seen_at = models.DateTimeField()
    # The device recorded it while it had no connection.
    offline = models.BooleanField(default=False)
    # The device's clock was wrong, so the time of receipt counts.
    clock_wrong = models.BooleanField(default=False)
    # The text in force; the plate reads record where it came from.
    plate = models.CharField(max_length=16, blank=True, default="")
    folded = models.CharField(max_length=16, blank=True, default="")
    confidence = models.FloatField(default=0.0)
    colour = models.CharField(max_length=15, blank=True, default="")
    # A path below MEDIA_ROOT; empty without a photo or past the retention period. Of several frames
    # the one that shows the plate best; the others are in PassageFrame.
    image = models.CharField(max_length=200, blank=True, default="")
    # The device's id of the car's visit; empty where it gives none.
    visit = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=12, choices=State)
    # How often the plate reader has begun with its photo.
    read_attempts = models.PositiveSmallIntegerField(default=0)
    # The retention period is over: photo, raw readings and candidates have been deleted. The plate
    # stays while a stay or its charge can change.
    reduced = models.BooleanField(default=False)
    # The plate, its reads and its movements have been deleted, too.
    redacted = models.BooleanField(default=False)
    # In place of a deleted plate: equal for passages of one plate, and not to be reversed.
    plate_hash = models.CharField(max_length=32, blank=True, default="")
    # Part of an incident: retained for longer than other passages.
    evidence = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["lane", "-at"], name="passage_of_lane"),
            models.Index(fields=["lane", "-seen_at"], name="passage_seen_at_lane"),
            models.Index(fields=["site", "-at"], name="passage_of_site"),
            models.Index(fields=["site", "seen_at", "id"], name="passage_by_time"),
            # Most passages end as passed; the list is filtered by the others.
            models.Index(
                fields=["site", "state", "seen_at", "id"],
                condition=~Q(state="passed"),
                name="passage_not_passed",
            ),
            # Past the retention period no passage has a plate, and these two stay small.
            models.Index(
                fields=["site", "folded", "-seen_at"],
                condition=~Q(folded=""),
                name="passage_with_folded",
            ),
            models.Index(
                fields=["site", "seen_at", "id"],
                condition=~Q(folded=""),
                name="passage_with_plate_by_time",
            ),
            models.Index(
                fields=["site", "plate", "-seen_at"],
                condition=~Q(plate=""),
                name="passage_in_timeline",
            ),
            models.Index(fields=["at"], condition=Q(state="reading"), name="passage_to_read"),
            models.Index(
                fields=["device", "visit"], condition=~Q(visit=""), name="passage_of_visit"
            ),
            models.Index(fields=["received_at"], condition=Q(redacted=False), name="passage_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.plate or '?'} {self.direction} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_test(self) -> bool:
        """Whether a person sent it to try the lane; it has no stay and counts in no statistics."""
        return self.plate == TEST_PLATE

    @property
    def photo_version(self) -> int:
        """A number that changes with the photo, so that no browser shows the one before."""
        return crc32(self.image.encode())

    @property
    def state_label(self) -> str | Promise:
        """The state in words; a test car that was only shown did not turn back."""
        if self.is_test and self.state == self.State.TURNED_BACK:
            return _("test")
        return self.State(self.state).label

    @property
    def is_late(self) -> bool:
        """Whether the message arrived too late for a decision: the car may have left the lane."""
        return self.offline or self.received_at - self.seen_at > MAX_DELAY


class PassageFrame(models.Model):
    """A further photo of a passage's car, beside the passage's own."""

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="frames")
    # A path below MEDIA_ROOT.
    image = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.image

    @property
    def photo_version(self) -> int:
        """As of `Passage`."""
        return crc32(self.image.encode())


ENDED = (Passage.State.PASSED, Passage.State.TURNED_BACK, Passage.State.REREAD)
LET_THROUGH = (Passage.State.OPENING, Passage.State.OPEN, Passage.State.UNANSWERED)


class Movement(models.Model):
    """A movement that a lane's device reported, and the passage that it is matched to."""

    class Kind(models.TextChoices):
        PASSED = "passed", _("passed")
        TURNED_BACK = "turned_back", _("turned back")

    lane = models.ForeignKey(Lane, models.PROTECT, related_name="movements")
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="movements")
    kind = models.CharField(max_length=12, choices=Kind)
    # The plate that the device named; empty where it named none.
    plate = models.CharField(max_length=16, blank=True, default="")
    device_at = models.DateTimeField()
    # Adjusted device time.
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    passage = models.ForeignKey(Passage, models.CASCADE, null=True, related_name="movements")

    class Meta:
        indexes = [models.Index(fields=["lane", "-at"], name="movement_of_lane")]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "device_at", "kind", "plate"], name="movement_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class PlateRead(models.Model):
    """One read of a passage's plate; rows are immutable, a correction is a new one."""

    class Source(models.TextChoices):
        CAMERA = "camera", _("camera")
        READER = "reader", _("Gatehouse reader")
        MATCH = "match", _("matched to a plate on file")
        GUARD = "guard", _("corrected by staff")

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="reads")
    source = models.CharField(max_length=6, choices=Source)
    raw_text = models.CharField(max_length=64, blank=True, default="")
    text = models.CharField(max_length=16, blank=True, default="")
    confidence = models.FloatField()
    colour = models.CharField(max_length=15, blank=True, default="")
    # [left, top, right, bottom] in the photo's pixels.
    box = models.JSONField(null=True)
    # The national plate format that the plate reader matched; empty where none matches.
    format_name = models.CharField(max_length=60, blank=True, default="")
    # Why a result of the plate reader is not certain (`devices.vision.certainty.Doubt`), or what
    # kept it from reading (`devices.vision.failures.Failure`).
    doubt = models.CharField(max_length=20, blank=True, default="")
    device_at = models.DateTimeField()
    received_at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


class ReadingRegion(models.Model):
    """Where in a camera's picture plates are read; a camera without one reads the whole."""

    camera = models.OneToOneField(Device, models.CASCADE, related_name="reading_region")
    # [[x, y], …] of a polygon, as shares of the picture's width and height; empty for the whole.
    corners = models.JSONField(default=list)
    # Of a plate's text, as a share of the picture's height.
    least_height = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.camera}: {len(self.corners)} corners"


class Decision(models.Model):
    """A decision about a passage: its outcome, the rule that decided, and the trace of checks."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        HOLD = "hold", _("guard decides")
        PAY = "pay", _("payment due")
        REFUSE = "refuse", _("refused")
        # The same car was read again after it had passed: no decision is needed.
        RECORD = "record", _("recorded")

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=6, choices=Outcome)
    rule = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    # [{"rule": …, "result": "passed" | "noted" | outcome, "facts": {…}}, …] in order.
    trace = models.JSONField(default=list)
    plate = models.CharField(max_length=16, blank=True, default="")
    at = models.DateTimeField()
    took_us = models.PositiveIntegerField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")
    command = models.OneToOneField(Command, models.PROTECT, null=True, related_name="decision")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.rule}"
