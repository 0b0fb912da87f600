"""What staff enter to be charged: costs that units share, and single charges."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import public_id
from core.models import Site, User
from estate.models import Building, Unit
from fees.models.items import FeeItem


class SharedCost(models.Model):
    """A cost of a month that units share, such as the electricity of lifts."""

    class Key(models.TextChoices):
        """By what it is divided."""

        AREA = "area", _("by area")
        EQUAL = "equal", _("equally")
        USAGE = "usage", _("by consumption")
        COEFFICIENT = "coefficient", _("by coefficient")

    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="costs")
    # Whose units share it; null for those of the whole site.
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="shared_costs"
    )
    # The first day of the month charged.
    month = models.DateField(_("month"))
    amount = models.BigIntegerField(_("amount"))
    key = models.CharField(_("divided"), max_length=11, choices=Key)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "month", "building"],
                name="shared_cost_once_a_month",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, month__day=1), name="shared_cost_of_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.month:%Y-%m}"


class SharedCostPart(models.Model):
    """A unit's part of a shared cost; the parts of a cost add up to it."""

    cost = models.ForeignKey(SharedCost, models.CASCADE, related_name="parts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    weight = models.DecimalField(max_digits=18, decimal_places=6)
    # In minor units.
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "cost"], name="shared_cost_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.amount} of unit {self.unit_id}"


class OneOffCharge(models.Model):
    """A charge that staff entered by hand, such as for damage or cleaning."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="one_off_charges")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="entries")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="one_off_charges")
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    amount = models.BigIntegerField(_("amount"))
    # What it is for, as the payer reads it.
    description = models.CharField(_("what for"), max_length=120)
    happened_on = models.DateField(_("day"))
    due_on = models.DateField(_("due on"))
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="one_off_charge_positive")
        ]
        indexes = [models.Index(fields=["site", "entered_at", "id"], name="one_off_by_time")]

    def __str__(self) -> str:
        return f"{self.description}: {self.amount}"
