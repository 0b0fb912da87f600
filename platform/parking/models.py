"""Lot rules, tariffs, stays and their quotes."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from access.models import Passage, VisitorPass
from core.ids import public_id
from core.models import Site, User
from estate.models import Lot

# The site and each pair of neighbouring characters of a stay's folded plate, as in ``7:K3``. An
# index of whole values then finds any part of a plate; PostgreSQL needs no extension for it.
PLATE_GRAMS = Func(
    F("site"),
    F("folded"),
    function="parking_plate_grams",
    output_field=ArrayField(models.TextField()),
)


class LotRules(models.Model):
    """The settings of a lot for what a site may choose."""

    lot = models.OneToOneField(Lot, models.CASCADE, primary_key=True, related_name="rules")
    admits_unknown = models.BooleanField(_("admits unregistered cars"), default=True)
    # A car that re-enters within so many minutes gets no second free period; 0 grants it always.
    reentry_minutes = models.PositiveIntegerField(_("re-entry (minutes)"), default=60)
    # Anti-passback: a plate may not enter again within so many seconds of entering.
    lock_seconds = models.PositiveIntegerField(_("one in, one out (seconds)"), default=30)
    # A car that enters within so many seconds of leaving came straight back, and its stay goes on;
    # 0 never joins two visits.
    opposite_s = models.PositiveIntegerField(_("back at once (seconds)"), default=0)
    # The charge for a car without a known entry, in minor units.
    lost_entry_charge = models.PositiveIntegerField(_("charge for a lost entry"), default=0)

    class Meta:
        verbose_name_plural = _("lot rules")

    def __str__(self) -> str:
        return f"rules of {self.lot_id}"


class Tariff(models.Model):
    """One version of a lot's tariff; a published version is immutable.

    One that was withdrawn before its start was never in force.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="tariffs")
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    document = models.JSONField()
    valid_from = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "code", "version"], name="tariff_version_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__lt=F("valid_from")),
                name="tariff_withdrawn_before_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}@{self.version}"


class VehicleClass(models.Model):
    """A class of vehicles that a site's tariffs may charge differently, and its rule.

    Rows are tested by position; the default, without values, comes last.
    """

    class Rule(models.TextChoices):
        COLOUR = "colour", _("plate colour")
        LENGTH = "length", _("number of characters")
        PREFIX = "prefix", _("plate begins with")
        ENDING = "ending", _("plate ends with")
        PLATES = "plates", _("these plates")
        DEFAULT = "default", _("all others")

    site = models.ForeignKey(Site, models.CASCADE, related_name="vehicle_classes")
    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=60)
    title_zh = models.CharField(_("title in Chinese"), max_length=60, blank=True, default="")
    rule = models.CharField(_("rule"), max_length=10, choices=Rule)
    values = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    position = models.PositiveIntegerField(_("position"), default=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="vehicle_class_once"),
            models.UniqueConstraint(
                fields=["site"], condition=Q(rule="default"), name="one_default_vehicle_class"
            ),
            models.CheckConstraint(
                condition=Q(rule="default", values=[]) | (~Q(rule="default") & ~Q(values=[])),
                name="vehicle_class_can_match",
            ),
        ]

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        return self.title_zh if chinese and self.title_zh else self.title

    def as_dict(self) -> dict[str, Any]:
        """Return what the audit records of the class."""
        names = ("title", "title_zh", "rule", "values", "position")
        return {name: getattr(self, name) for name in names}


class Stay(models.Model):
    """One car's time in one lot, from entry to exit, and its price."""

    class Status(models.TextChoices):
        OPEN = "open", _("inside")
        CLOSED = "closed", _("left")
        SUPERSEDED = "superseded", _("superseded")
        UNDONE = "undone", _("cancelled")

    class Cover(models.TextChoices):
        NONE = "", _("charged by tariff")
        ALLOW = "allow", _("allow list")
        RESIDENT = "resident", _("resident's car")
        VISITOR = "visitor", _("visitor pass")

    # The indexes by time and by plate serve what is looked up by site or lot.
    site = models.ForeignKey(Site, models.PROTECT, related_name="stays", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="stays", db_index=False)
    public_id = models.CharField(max_length=20, default=public_id)
    plate = models.CharField(_("plate"), max_length=16)
    folded = models.CharField(max_length=16)
    vehicle = models.CharField(_("class"), max_length=20, default="small")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    cover = models.CharField(_("cover"), max_length=8, choices=Cover, blank=True, default="")
    visitor_pass = models.ForeignKey(VisitorPass, models.PROTECT, null=True, related_name="stays")
    # Null: the pass covers the stay from its entry.
    covered_from = models.DateTimeField(null=True)
    covered_until = models.DateTimeField(null=True)
    entry_passage = models.OneToOneField(
        Passage, models.PROTECT, null=True, related_name="stay_entered"
    )
    exit_passage = models.OneToOneField(
        Passage, models.PROTECT, null=True, related_name="stay_left"
    )
    # At an exit whose barrier has not opened yet: payments there belong to this passage. Of a stay
    # that was undone, the exit that its payments belong to.
    waiting_passage = models.ForeignKey(Passage, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(_("entered"))
    left_at = models.DateTimeField(_("left"), null=True)
    # Pinned at entry; null where the lot had none, and the stay is free.
    tariff = models.ForeignKey(Tariff, models.PROTECT, null=True, related_name="stays")
    # The car re-entered within the re-entry time, so its free minutes are used up.
    free_used = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    price = models.PositiveBigIntegerField(_("price"), null=True)
    lines = models.JSONField(default=list)
    # Codes of what a person has to review: superseded, entry_unknown, …; empty when reviewed.
    review = ArrayField(models.CharField(max_length=30), default=list)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    review_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = _("stays")
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "plate"], condition=Q(status="open"), name="one_open_stay"
            ),
            # A unique field would have a second index, for the beginning of its text.
            models.UniqueConstraint(fields=["public_id"], name="stay_public_id_once"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")),
                name="stay_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(status="open") | Q(left_at__isnull=True),
                name="open_stay_has_not_left",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "-entered_at"], name="stay_of_site"),
            models.Index(fields=["site", "folded"], condition=Q(status="open"), name="stay_inside"),
            models.Index(fields=["lot", "plate", "-left_at"], name="stay_of_plate"),
            models.Index(fields=["site", "folded", "-entered_at"], name="stay_of_site_plate"),
            models.Index(fields=["lot", "plate", "-entered_at"], name="stay_entered"),
            models.Index(
                fields=["site", "-left_at"], condition=Q(left_at__isnull=False), name="stay_left"
            ),
            models.Index(
                fields=["site", "-entered_at"], condition=~Q(review=[]), name="stay_to_review"
            ),
            # What the list is filtered by, where few stays have it.
            models.Index(
                fields=["site", "status", "entered_at", "id"],
                condition=~Q(status="closed"),
                name="stay_not_closed",
            ),
            models.Index(
                fields=["site", "cover", "entered_at", "id"],
                condition=Q(cover__in=["allow", "visitor"]),
                name="stay_with_permit",
            ),
            models.Index(fields=["lot", "entered_at", "id"], name="stay_of_lot"),
            GinIndex(PLATE_GRAMS, name="stay_plate_part", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.plate} {self.entered_at:%Y-%m-%d %H:%M}"


class Quote(models.Model):
    """What a stay costs at an instant; the amount is honoured until the quote expires."""

    stay = models.ForeignKey(Stay, models.CASCADE, related_name="quotes")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    price = models.PositiveBigIntegerField()
    due = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(default=list)
    tariff = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.due} {self.currency} for {self.stay_id}"
