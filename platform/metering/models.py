"""Meter points, the meters installed at them, and their readings."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from devices.models import Device
from estate.models import Building, Unit
from metering.register import MAX_DECIMALS, MAX_WHOLE_DIGITS, Dial


class Utility(models.TextChoices):
    """The utility that a meter measures."""

    ELECTRICITY = "electricity", _("electricity")
    WATER = "water", _("cold water")
    HOT_WATER = "hot_water", _("hot water")
    GAS = "gas", _("gas")
    HEAT = "heat", _("heat")
    COOLING = "cooling", _("cooling")


class Measure(models.TextChoices):
    """The unit of measure, in which consumption is also billed."""

    KWH = "kWh", "kWh"
    MWH = "MWh", "MWh"
    M3 = "m3", "m³"
    GJ = "GJ", "GJ"
    MJ = "MJ", "MJ"


class MeterPoint(models.Model):
    """A place where one utility is measured, across meter replacements: the subject of bills."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="meter_points")
    # Of a unit, or of a building's common part; of the whole site where both are empty.
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="meter_points"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="meter_points"
    )
    # Distinguishes points of the same place, such as "stairwell light" or "kitchen".
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    utility = models.CharField(_("utility"), max_length=12, choices=Utility)
    measure = models.CharField(_("unit of measure"), max_length=4, choices=Measure)
    # The largest plausible use per day, in the unit of measure; null derives it from the history.
    most_per_day = models.DecimalField(
        _("daily maximum"), max_digits=14, decimal_places=4, null=True, blank=True
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
        """The name of its unit, its building or the site."""
        return str(self.unit or self.building or self.site.name)


class Meter(models.Model):
    """One meter, from its installation to its removal."""

    point = models.ForeignKey(MeterPoint, models.PROTECT, related_name="meters")
    # Copied from the point, for the constraint on serial numbers below.
    site = models.ForeignKey(Site, models.PROTECT, related_name="meters")
    serial = models.CharField(_("serial number"), max_length=60)
    whole_digits = models.PositiveSmallIntegerField(
        _("whole digits"), validators=[MinValueValidator(1), MaxValueValidator(MAX_WHOLE_DIGITS)]
    )
    decimals = models.PositiveSmallIntegerField(
        _("decimals"), default=0, validators=[MaxValueValidator(MAX_DECIMALS)]
    )
    # Consumption per unit of the register, usually the ratio of a current transformer.
    multiplier = models.DecimalField(
        _("multiplier"), max_digits=12, decimal_places=6, default=Decimal(1)
    )
    installed_at = models.DateTimeField(_("installed"))
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    # register = base + weight x the value the device reports as `metric`, from `connected_at` on.
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
                condition=Q(whole_digits__range=(1, MAX_WHOLE_DIGITS), decimals__lte=MAX_DECIMALS),
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
        """The digits of its register."""
        return Dial(self.whole_digits, self.decimals)


class MeterReading(models.Model):
    """The value of a register at an instant; a correction is a new row."""

    class Source(models.TextChoices):
        DEVICE = "device", _("device")
        HAND = "hand", _("manual")
        ESTIMATE = "estimate", _("estimate")

    class Stage(models.TextChoices):
        RUNNING = "", ""
        INSTALLED = "installed", _("installation")
        REMOVED = "removed", _("removal")

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("valid")
        REVIEW = "review", _("to review")
        REJECTED = "rejected", _("rejected")
        CORRECTED = "corrected", _("corrected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Problem(models.TextChoices):
        NONE = "", ""
        LOWER = "lower", _("lower than before")
        BETWEEN = "between", _("not between its neighbours")
        HIGH = "high", _("implausibly high")
        OUTSIDE = "outside", _("beyond the register's digits")

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    entered_at = models.DateTimeField()
    # Null where a device reported a value outside the register's range; it is never in force.
    register = models.DecimalField(max_digits=13, decimal_places=4, null=True)
    # The device's value before it was rounded to the register's decimals.
    reported = models.FloatField(null=True)
    # The day that a device's reading was recorded for, in the site's timezone: one a day.
    day = models.DateField(null=True)
    source = models.CharField(max_length=8, choices=Source)
    stage = models.CharField(max_length=9, choices=Stage, blank=True, default=Stage.RUNNING)
    state = models.CharField(max_length=9, choices=State, default=State.IN_FORCE)
    problem = models.CharField(max_length=7, choices=Problem, blank=True, default=Problem.NONE)
    # The register rolled over since the reading before: confirmed, or inferred within the limit.
    rolled_over = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # A path below MEDIA_ROOT; empty without a photo or past the retention period.
    photo = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    # The person who reviewed, corrected or withdrew it, and the reason.
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
        """The register's value of a reading in force.

        Raises:
            ValueError: the device reported a value outside the register's range.
        """
        if self.register is None:
            raise ValueError(f"reading {self.pk} has no register value")
        return self.register

    @property
    def shown(self) -> str:
        """The value with the register's decimals; the reported value if it is out of range."""
        if self.register is None:
            return str(self.reported)
        return self.meter.dial.format(self.register)

    @property
    def counts(self) -> bool:
        """Whether it is in force, so that consumption is calculated from it."""
        return self.state == self.State.IN_FORCE


class ReadingWindow(models.Model):
    """The days of each month on which residents may send readings; no row: never."""

    site = models.OneToOneField(
        Site, models.PROTECT, primary_key=True, related_name="reading_window"
    )
    # Days of the month in the site's time zone; the window may go on into the next month.
    first_day = models.PositiveSmallIntegerField(_("first day"))
    last_day = models.PositiveSmallIntegerField(_("last day"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__range=(1, 28), last_day__range=(1, 28)),
                name="reading_window_days",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day}–{self.last_day}"

    def contains(self, day: int) -> bool:
        """Return whether a day of the month is in the window."""
        if self.first_day <= self.last_day:
            return self.first_day <= day <= self.last_day
        return day >= self.first_day or day <= self.last_day
