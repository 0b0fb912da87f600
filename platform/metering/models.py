"""Where something is measured, the meters that were there, and what they showed."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from devices.models import Device
from estate.models import Building, Unit
from metering.register import LARGEST_DECIMALS, LARGEST_WHOLE, Dial


class Utility(models.TextChoices):
    """What flows through a meter."""

    ELECTRICITY = "electricity", _("electricity")
    WATER = "water", _("cold water")
    HOT_WATER = "hot_water", _("hot water")
    GAS = "gas", _("gas")
    HEAT = "heat", _("heat")
    COOLING = "cooling", _("cooling")


class Measure(models.TextChoices):
    """The unit in which it is measured, and later billed."""

    KWH = "kWh", "kWh"
    MWH = "MWh", "MWh"
    M3 = "m3", "m³"
    GJ = "GJ", "GJ"
    MJ = "MJ", "MJ"


class MeterPoint(models.Model):
    """A place where one utility is measured, whichever meter is there: what is billed."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="meter_points")
    # A unit's; or a building's common part; or, where both are empty, the whole site's.
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="meter_points"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="meter_points"
    )
    # What tells it from another of the same place, such as "stairwell light" or "kitchen".
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    utility = models.CharField(_("utility"), max_length=12, choices=Utility)
    measure = models.CharField(_("unit of measure"), max_length=4, choices=Measure)
    # The most that can plausibly be used in a day, in the unit of measure; null: from its history.
    most_per_day = models.DecimalField(
        _("most in a day"), max_digits=14, decimal_places=4, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(building__isnull=True),
                name="meter_point_at_one_place",
            ),
            models.CheckConstraint(
                condition=Q(most_per_day__isnull=True) | Q(most_per_day__gt=0),
                name="meter_point_limit_positive",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.place, self.name]))

    @property
    def place(self) -> str:
        """Its unit, its building, or the site."""
        return str(self.unit or self.building or self.site.name)


class Meter(models.Model):
    """One meter, from its installation to its removal; another at the same point follows it."""

    point = models.ForeignKey(MeterPoint, models.PROTECT, related_name="meters")
    # The point's own: it lets the database keep serial numbers of a site apart.
    site = models.ForeignKey(Site, models.PROTECT, related_name="meters")
    serial = models.CharField(_("serial number"), max_length=60)
    whole_digits = models.PositiveSmallIntegerField(
        _("whole digits"), validators=[MinValueValidator(1), MaxValueValidator(LARGEST_WHOLE)]
    )
    decimals = models.PositiveSmallIntegerField(
        _("decimals"), default=0, validators=[MaxValueValidator(LARGEST_DECIMALS)]
    )
    # What one of the register is in the unit of measure: a current transformer's ratio, mostly.
    multiplier = models.DecimalField(
        _("multiplier"), max_digits=12, decimal_places=6, default=Decimal(1)
    )
    installed_at = models.DateTimeField(_("installed"))
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    # register = base + what the device reports under the metric x weight, from `connected_at` on.
    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="utility_meters"
    )
    metric = models.CharField(_("metric"), max_length=60, blank=True, default="")
    weight = models.DecimalField(_("weight"), max_digits=12, decimal_places=6, default=Decimal(1))
    base = models.DecimalField(_("base"), max_digits=13, decimal_places=4, default=Decimal(0))
    connected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["point"], condition=Q(removed_at=None), name="one_meter_at_a_point"
            ),
            models.UniqueConstraint(
                fields=["site", "serial"], condition=Q(removed_at=None), name="meter_serial_once"
            ),
            models.UniqueConstraint(
                fields=["device", "metric"], condition=Q(removed_at=None), name="meter_metric_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(removed_at__gt=models.F("installed_at")),
                name="meter_removed_after_it_was_installed",
            ),
            models.CheckConstraint(
                condition=Q(multiplier__gt=0, weight__gt=0), name="meter_factors_positive"
            ),
            models.CheckConstraint(
                condition=Q(whole_digits__range=(1, LARGEST_WHOLE), decimals__lte=LARGEST_DECIMALS),
                name="meter_digits_known",
            ),
            models.CheckConstraint(
                condition=Q(device=None) | (~Q(metric="") & Q(connected_at__isnull=False)),
                name="meter_device_has_metric",
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def dial(self) -> Dial:
        """Its register's digits."""
        return Dial(self.whole_digits, self.decimals)


class MeterReading(models.Model):
    """What a register showed at an instant; corrected by another row, never written over."""

    class Source(models.TextChoices):
        DEVICE = "device", _("device")
        HAND = "hand", _("by hand")
        ESTIMATE = "estimate", _("estimate")

    class Stage(models.TextChoices):
        RUNNING = "", ""
        INSTALLED = "installed", _("installation")
        REMOVED = "removed", _("removal")

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("counts")
        REVIEW = "review", _("to review")
        REJECTED = "rejected", _("rejected")
        CORRECTED = "corrected", _("corrected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Doubt(models.TextChoices):
        NONE = "", ""
        LOWER = "lower", _("lower than before")
        BETWEEN = "between", _("not between its neighbours")
        HIGH = "high", _("more than is likely")
        OUTSIDE = "outside", _("more than the register can show")

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    entered_at = models.DateTimeField()
    # Null only where a device told what the register can't show: then it never counts.
    register = models.DecimalField(max_digits=13, decimal_places=4, null=True)
    # The very number the device sent, before it was rounded to the register's decimals.
    told = models.FloatField(null=True)
    # The site's day that a device's reading was taken for: one a day.
    day = models.DateField(null=True)
    source = models.CharField(max_length=8, choices=Source)
    stage = models.CharField(max_length=9, choices=Stage, blank=True, default=Stage.RUNNING)
    state = models.CharField(max_length=9, choices=State, default=State.IN_FORCE)
    doubt = models.CharField(max_length=7, choices=Doubt, blank=True, default=Doubt.NONE)
    # Somebody said, or a limit lets it be believed, that the register rolled over up to here.
    rolled_over = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # A path below MEDIA_ROOT; empty where there is no photo, or its time of keeping is over.
    photo = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    # Who reviewed, corrected or withdrew it, and why.
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "at"], condition=Q(state="in_force"), name="one_reading_at_a_time"
            ),
            models.UniqueConstraint(fields=["meter", "day"], name="one_device_reading_a_day"),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(register__gte=0), name="what_counts_is_a_number"
            ),
        ]
        indexes = [
            models.Index(fields=["meter", "at"], name="meter_reading_by_time"),
            models.Index(
                fields=["meter"], condition=Q(state="review"), name="meter_reading_to_review"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def value(self) -> Decimal:
        """The register of a reading that counts.

        Raises:
            ValueError: this one told what the register cannot show, so that it has none.
        """
        if self.register is None:
            raise ValueError(f"reading {self.pk} has no register")
        return self.register

    @property
    def shown(self) -> str:
        """The register as it is shown, with all its decimals; what was told where it can't be."""
        if self.register is None:
            return str(self.told)
        return self.meter.dial.write(self.register)

    @property
    def counts(self) -> bool:
        """Whether consumption is reckoned with it."""
        return self.state == self.State.IN_FORCE
