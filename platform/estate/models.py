"""The asset tree: site > building > unit; lot > bay; gate > lane."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Site
from devices.models import Device


class PlateColour(models.TextChoices):
    """Background colours of plates, as cameras name them."""

    BLUE = "blue", _("blue")
    GREEN = "green", _("green")
    YELLOW = "yellow", _("yellow")
    YELLOW_GREEN = "yellow-green", _("yellow-green")
    WHITE = "white", _("white")
    BLACK = "black", _("black")


class Building(models.Model):
    """A building of the site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="buildings")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    # Outlines are rings of [longitude, latitude] in WGS-84, as in GeoJSON.
    outline = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="building_code_once")]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A flat, shop or office in a building."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="units")
    code = models.CharField(_("code"), max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "code"], name="unit_code_once")]

    def __str__(self) -> str:
        return f"{self.building.code}-{self.code}"


class Lot(models.Model):
    """A car park of the site, which stays belong to."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="lots")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    capacity = models.PositiveIntegerField(_("capacity"))
    # By default a watch-listed car is admitted, so that the lane does not become a trap.
    hold_watched = models.BooleanField(_("hold watch-listed cars"), default=False)
    outline = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="lot_code_once")]

    def __str__(self) -> str:
        return self.name


class Bay(models.Model):
    """One parking bay."""

    class Status(models.TextChoices):
        FREE = "free", _("free")
        OCCUPIED = "occupied", _("occupied")
        RESERVED = "reserved", _("reserved")
        CLOSED = "closed", _("closed")
        UNKNOWN = "unknown", _("unknown")

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="bays")
    code = models.CharField(_("code"), max_length=20)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNKNOWN)
    status_at = models.DateTimeField(null=True)
    sensor = models.OneToOneField(Device, models.SET_NULL, null=True, related_name="bay")
    outline = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "code"], name="bay_code_once")]

    def __str__(self) -> str:
        return self.code


class Gate(models.Model):
    """A place where cars enter or leave."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="gates")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    longitude = models.FloatField(default=0.0)
    latitude = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="gate_code_once")]

    def __str__(self) -> str:
        return self.name


class Lane(models.Model):
    """A lane of a gate, with its camera and its barrier."""

    class Direction(models.TextChoices):
        ENTRY = "entry", _("entry")
        EXIT = "exit", _("exit")

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="lanes")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="lanes")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction)
    camera = models.OneToOneField(Device, models.PROTECT, null=True, related_name="lane")
    # The camera itself where its output drives the barrier, as is usual in China.
    barrier = models.ForeignKey(Device, models.PROTECT, null=True, related_name="barrier_lanes")
    # Empty: every plate colour may use the lane.
    plate_colours = ArrayField(models.CharField(max_length=15), default=list, blank=True)
    # Percent of confidence. A camera's reading below the first limit is checked by our own reader,
    # and our reader's below the second by the guard; for a plate on file the third one suffices.
    camera_limit = models.PositiveSmallIntegerField(default=90, validators=[MaxValueValidator(100)])
    reader_limit = models.PositiveSmallIntegerField(default=95, validators=[MaxValueValidator(100)])
    known_limit = models.PositiveSmallIntegerField(default=75, validators=[MaxValueValidator(100)])
    # Readings of one plate at the lane within so many seconds are one passage.
    reread_seconds = models.PositiveIntegerField(default=60)
    # The latest movement reported here: an earlier read that arrives after it may be its car's.
    last_moved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gate", "code"], name="lane_code_once")]

    def __str__(self) -> str:
        return self.name
