"""The asset tree: site > building > unit; lot > bay; gate > lane."""

from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site, User
from devices.models import Device


class PlateColour(models.TextChoices):
    """Background colours of plates, as cameras name them."""

    BLUE = "blue", _("blue")
    GREEN = "green", _("green")
    YELLOW = "yellow", _("yellow")
    YELLOW_GREEN = "yellow-green", _("yellow-green")
    WHITE = "white", _("white")
    BLACK = "black", _("black")


AnyPlace = TypeVar("AnyPlace", bound="Place")


class PlaceQuerySet(models.QuerySet[AnyPlace]):
    """Places, of which some have ended."""

    def in_use(self) -> Self:
        """Return the places that have not ended: those that pages offer and show."""
        return self.filter(ended_at=None)


class Place(models.Model):
    """A place of a site.

    One that other records refer to is ended instead of deleted: it leaves boards and choices, and
    stays in the history. Its code stays taken, so that an old record is never read as another
    place's.
    """

    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        abstract = True

    if TYPE_CHECKING:  # each kind has them, as a field or a property
        code: models.CharField[str, str]

        @property
        def site(self) -> Site: ...

    @property
    def kind(self) -> str:
        """Its kind in code, which is also its type in audit entries: ``lot``, ``lane``."""
        return str(self._meta.model_name)


class Building(Place):
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


class Unit(Place):
    """A flat, shop, office, warehouse or store room in a building."""

    class Use(models.TextChoices):
        """What a unit is built for."""

        FLAT = "flat", pgettext_lazy("unit", "flat")
        SHOP = "shop", _("shop")
        OFFICE = "office", _("office")
        WAREHOUSE = "warehouse", _("warehouse")
        STORE_ROOM = "store_room", _("store room")

    building = models.ForeignKey(Building, models.CASCADE, related_name="units")
    code = models.CharField(_("code"), max_length=20)
    use = models.CharField(_("use"), max_length=12, choices=Use, default=Use.FLAT)
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)
    # Square metres; fees are computed from one or the other.
    built_up_area = models.DecimalField(
        _("built-up area"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    usable_area = models.DecimalField(
        _("usable area"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    # Of its share in costs that are divided among units.
    coefficient = models.DecimalField(
        _("coefficient"), max_digits=8, decimal_places=4, default=Decimal(1)
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building", "code"], name="unit_code_once"),
            models.CheckConstraint(
                condition=(Q(built_up_area=None) | Q(built_up_area__gt=0))
                & (Q(usable_area=None) | Q(usable_area__gt=0)),
                name="unit_areas_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(built_up_area=None)
                | Q(usable_area=None)
                | Q(usable_area__lte=F("built_up_area")),
                name="unit_usable_area_within_built_up",
            ),
            models.CheckConstraint(
                condition=Q(coefficient__gte=0), name="unit_coefficient_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building.code}-{self.code}"

    @property
    def site(self) -> Site:
        """The site that it belongs to."""
        return self.building.site


class UnitState(models.Model):
    """The state of a unit from a day on, until the next row's.

    Past states are kept: a discount for a vacant unit depends on them.
    """

    class State(models.TextChoices):
        """Whether a unit is lived in, or why not."""

        VACANT = "vacant", _("vacant")
        OCCUPIED = "occupied", pgettext_lazy("unit", "occupied")
        LET = "let", _("let")
        UNDER_RENOVATION = "under_renovation", _("under renovation")
        NOT_HANDED_OVER = "not_handed_over", _("not handed over")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="states")
    state = models.CharField(_("state"), max_length=16, choices=State)
    begins_on = models.DateField(_("from"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "begins_on"], name="unit_state_once_a_day")
        ]

    def __str__(self) -> str:
        return f"unit {self.unit_id} {self.state} from {self.begins_on}"


class Lot(Place):
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


class Bay(Place):
    """One parking bay."""

    class Status(models.TextChoices):
        FREE = "free", _("free")
        OCCUPIED = "occupied", _("occupied")
        RESERVED = "reserved", _("reserved")
        CLOSED = "closed", _("closed")
        UNKNOWN = "unknown", _("unknown")

    class Restriction(models.TextChoices):
        """What staff have set by hand."""

        NONE = "", _("none")
        RESERVED = "reserved", _("reserved")
        CLOSED = "closed", _("closed")

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="bays")
    code = models.CharField(_("code"), max_length=20)
    # What pages show; follows from the two fields below (estate.services.bays).
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNKNOWN)
    # Free, occupied or unknown, as the sensor reported it at status_at.
    sensed = models.CharField(max_length=10, choices=Status, default=Status.UNKNOWN)
    status_at = models.DateTimeField(null=True)
    restriction = models.CharField(
        max_length=10, choices=Restriction, default=Restriction.NONE, blank=True
    )
    restriction_reason = models.CharField(max_length=200, blank=True, default="")
    sensor = models.OneToOneField(Device, models.SET_NULL, null=True, related_name="bay")
    outline = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "code"], name="bay_code_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def site(self) -> Site:
        """The site that it belongs to."""
        return self.lot.site


class Gate(Place):
    """A place where cars enter or leave."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="gates")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    # Degrees in WGS-84; none: it is not on the plan.
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="gate_code_once")]

    def __str__(self) -> str:
        return self.name


class Lane(Place):
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

    @property
    def site(self) -> Site:
        """The site that it belongs to."""
        return self.gate.site


class DevicePlace(models.Model):
    """Where a device is that serves no lane and no bay, such as a smoke detector in a garage."""

    device = models.OneToOneField(Device, models.CASCADE, related_name="place")
    # At most one of them; the site's grounds where all are empty.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="device_places")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="device_places")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="device_places")
    # Where in it, in words: "pump room, level -1".
    note = models.CharField(_("where in it"), max_length=80, blank=True, default="")
    # Degrees in WGS-84; none: the middle of its place.
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, building=None)
                | Q(unit=None, lot=None)
                | Q(building=None, lot=None),
                name="device_is_in_one_place",
            ),
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None)
                | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="device_position_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [str(self.within or ""), self.note]))

    @property
    def within(self) -> Unit | Building | Lot | None:
        """The unit, building or car park that it is in."""
        return self.unit or self.building or self.lot


class PlanRevision(models.Model):
    """A revision of the site's plan: a draft, or published and from then on unchangeable.

    The revision in force is the one that was published last. Its features are GeoJSON in WGS-84
    (`estate.plans.features`); they name places by their codes.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="plan_revisions")
    number = models.PositiveIntegerField()
    features = models.JSONField(default=list)
    # What it was made from: the name of a file, or the revision that it restores.
    source = models.CharField(max_length=200, blank=True, default="")
    # Counts the changes of a draft, so that two people don't overwrite each other's.
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="plan_revision_number_once"),
            models.UniqueConstraint(
                fields=["site"], condition=models.Q(published_at=None), name="one_plan_draft"
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None, published_by=None)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
                name="published_plan_has_publisher",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)
