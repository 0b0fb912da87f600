"""How well each camera reads plates: counts by the hour, declines that were found, label files."""

from django.db import models

from core.models import Site
from devices.models import Device


class CameraHour(models.Model):
    """The readings of a camera in one hour of its site's calendar; no plate and no person."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    # On the site's clock: of an hour that occurs twice there is one row.
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()
    readings = models.PositiveIntegerField(default=0)
    # Those with a text; the rest are photos on which no plate was found.
    found = models.PositiveIntegerField(default=0)
    certain = models.PositiveIntegerField(default=0)
    # Verified ones (`access.verified_readings`): their text was right, or was corrected.
    right = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    # The sum over those with a text.
    confidence = models.FloatField(default=0.0)

    class Meta:
        indexes = [models.Index(fields=["site", "day"], name="camera_hour_of_site")]
        constraints = [
            models.UniqueConstraint(fields=["device", "day", "hour"], name="camera_hour_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.day} {self.hour:02d}"


class CameraDecline(models.Model):
    """A camera that reads worse than it did, by day or by night, until it has recovered."""

    class Measure(models.TextChoices):
        FOUND = "found"
        RIGHT = "right"

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    night = models.BooleanField()
    measure = models.CharField(max_length=5, choices=Measure)
    opened_at = models.DateTimeField()
    # What it is compared with: the weeks before, which must not follow the decline.
    usual_hits = models.PositiveIntegerField()
    usual_total = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "night", "measure"], name="camera_decline_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.measure}"


class LabelExport(models.Model):
    """A zip file of labelled photos of a site, made by a run."""

    run = models.OneToOneField("core.Run", models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    # Below MEDIA_ROOT; empty until it is ready.
    file = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"labelled photos of {self.site_id}"
