"""Evidence of incidents: what was collected, the cameras that take pictures, links to it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.ids import public_id
from core.models import Site, User
from devices.models import Command, Device
from estate.models import Lane
from incidents.models.feeds import FeedEndpoint
from incidents.models.incident import Incident, Occurrence


class CameraNetworks(models.Model):
    """The private networks in which a site's cameras may be reached, set by an administrator."""

    site = models.OneToOneField(
        Site, models.CASCADE, primary_key=True, related_name="camera_networks"
    )
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)

    def __str__(self) -> str:
        return ", ".join(self.networks)


class EvidenceCamera(models.Model):
    """A camera that takes pictures of incidents, by its address or as a device's command."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="evidence_cameras")
    name = models.CharField(_("name"), max_length=80)
    # A plate camera, asked by its snapshot command; without one the camera has an address.
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="+")
    url = models.CharField(_("snapshot address"), max_length=400, blank=True, default="")
    username = models.CharField(_("user name"), max_length=80, blank=True, default="")
    # Encrypted with a key derived from the master key.
    password = models.TextField(blank=True, default="")
    # Its position in WGS 84, where it looks (degrees clockwise from north), how wide and how far.
    longitude = models.FloatField(_("longitude"), null=True)
    latitude = models.FloatField(_("latitude"), null=True)
    direction = models.PositiveSmallIntegerField(_("direction (°)"), default=0)
    angle = models.PositiveSmallIntegerField(_("angle of view (°)"), default=360)
    range_m = models.PositiveIntegerField(_("range (m)"), default=30)
    # Lanes that it shows, whatever their position.
    lanes = models.ManyToManyField(Lane, blank=True, related_name="+")
    enabled = models.BooleanField(_("enabled"), default=True)
    # The last picture of a test, and why the last picture failed: a code, or empty.
    test_image = models.CharField(max_length=200, blank=True, default="")
    test_asked_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="evidence_camera_name_once"),
            models.CheckConstraint(
                condition=Q(device__isnull=False, url="") | Q(device=None) & ~Q(url=""),
                name="evidence_camera_has_one_source",
            ),
            models.CheckConstraint(
                condition=Q(direction__lt=360, angle__gt=0, angle__lte=360, range_m__gt=0),
                name="evidence_camera_has_field_of_view",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PictureRequest(models.Model):
    """A picture that is to be taken of an occurrence; one for each offset."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        FAILED = "failed", _("failed")

    occurrence = models.ForeignKey(Occurrence, models.CASCADE, related_name="picture_requests")
    offset_s = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    camera = models.ForeignKey(EvidenceCamera, models.SET_NULL, null=True, related_name="+")
    # Of a plate camera; its answer is the picture.
    command = models.ForeignKey(Command, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["occurrence", "offset_s"]
        constraints = [
            models.UniqueConstraint(fields=["occurrence", "offset_s"], name="picture_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.occurrence_id} +{self.offset_s} s"


class Evidence(models.Model):
    """One piece of evidence of an incident; past its period only its digest is left."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("picture")
        PASSAGE = "passage", _("passage")
        CURVE = "curve", _("curve")
        VALUES = "values", _("values")
        FILE = "file", _("file")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="evidence")
    # What collected it, and what it is there: together once for an incident.
    provider = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    taken_at = models.DateTimeField()
    collected_at = models.DateTimeField()
    camera = models.ForeignKey(EvidenceCamera, models.SET_NULL, null=True, related_name="+")
    # Below MEDIA_ROOT; empty without a picture, or past the period.
    image = models.CharField(max_length=200, blank=True, default="")
    values = models.JSONField(default=dict)
    # Of the picture, else of the values as canonical JSON.
    sha256 = models.CharField(max_length=64)
    erased = models.BooleanField(default=False)
    # Whether it shows what the incident is about; a passage of another car around it does not.
    is_own = models.BooleanField(default=True)
    # Who has released a piece that is not the incident's own to authorities; None: nobody.
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["taken_at", "pk"]
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["incident", "provider", "key"], name="evidence_once"),
            models.CheckConstraint(
                condition=Q(erased=False) | Q(image="", values={}), name="erased_evidence_is_empty"
            ),
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None)
                | Q(released_by__isnull=False, released_at__isnull=False, is_own=False),
                name="evidence_is_released_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.key}"


class EvidenceLink(models.Model):
    """A link by which an authority opens an incident's evidence until it expires."""

    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="evidence_links")
    endpoint = models.ForeignKey(FeedEndpoint, models.PROTECT, null=True, related_name="+")
    # To whom it was given: burned into each picture.
    authority = models.CharField(_("authority"), max_length=120)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="evidence_link_expires_later"
            ),
            models.CheckConstraint(condition=~Q(authority=""), name="evidence_link_has_authority"),
        ]

    def __str__(self) -> str:
        return f"{self.authority}: {self.incident_id}"


class LinkOpening(models.Model):
    """One opening of a link; rows are never changed."""

    link = models.ForeignKey(EvidenceLink, models.CASCADE, related_name="openings")
    at = models.DateTimeField()
    # Who opened it: a signed-in user, or empty.
    actor = models.CharField(max_length=160, blank=True, default="")
    address = models.CharField(max_length=45)
    user_agent = models.CharField(max_length=200, blank=True, default="")
    # The picture; null for the page.
    evidence = models.ForeignKey(Evidence, models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.link_id} at {self.at:%Y-%m-%d %H:%M}"


class IncidentExport(models.Model):
    """A sealed file of an incident, made by a run."""

    run = models.OneToOneField("core.Run", models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="exports")
    created_at = models.DateTimeField()
    # Below MEDIA_ROOT; empty until it is ready.
    file = models.CharField(max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"export of {self.incident_id}"
