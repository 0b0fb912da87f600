"""What is agreed on units: who is charged or exempt, discounts, leases."""

from typing import cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.constraints import no_overlapping_days
from core.models import Site, User
from estate.models import Unit
from fees.models.items import FeeItem
from people.models import Company, Holder, Person


class FeeAssignment(models.Model):
    """That a fee item is charged to a unit, or that the unit is exempt from it, for a period."""

    class Kind(models.TextChoices):
        CHARGED = "charged", pgettext_lazy("unit", "charged")
        EXEMPT = "exempt", pgettext_lazy("unit", "exempt")

    item = models.ForeignKey(FeeItem, models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="fee_assignments")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            no_overlapping_days("fee_assignment_once_a_day", F("item"), F("unit")),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="fee_assignment_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"unit {self.unit_id} {self.kind} from {self.begins_on}"


class Discount(models.Model):
    """A discount on a fee item, for one unit or for all, which a second person approves."""

    class Kind(models.TextChoices):
        """What it is granted for."""

        VACANT = "vacant", _("vacant units")
        AHEAD = "ahead", _("months paid ahead")
        GIFT = "gift", _("gift months")

    class State(models.TextChoices):
        """How far it is; refused and withdrawn are final."""

        REQUESTED = "requested", pgettext_lazy("discount", "waiting for approval")
        APPROVED = "approved", pgettext_lazy("discount", "approved")
        REFUSED = "refused", pgettext_lazy("discount", "refused")

    #: As many months as can be charged at once.
    MOST_MONTHS = 36

    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="discounts")
    # Null: every unit that is charged.
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="fee_discounts"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    # Of months paid ahead: how many at least.
    months = models.PositiveSmallIntegerField(_("months paid ahead"), default=0)
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="discount_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100), name="discount_in_percent"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="discount_decided_by_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="requested", decided_by=None)
                | ~Q(state="requested") & ~Q(decided_by=None),
                name="discount_decided_once",
            ),
        ]
        indexes = [models.Index(fields=["item", "begins_on"], name="discount_of_item")]

    def __str__(self) -> str:
        return f"{self.percent} % {self.kind} from {self.begins_on}"


class Lease(models.Model):
    """A contract by which a tenant rents a unit, with its rent by day."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="leases")
    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="leases")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="leases")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="leases")
    company = models.ForeignKey(Company, models.PROTECT, null=True, related_name="leases")
    number = models.CharField(_("contract number"), max_length=40, blank=True, default="")
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # In minor units of the item's currency.
    deposit = models.BigIntegerField(_("deposit"), default=0)

    class Meta:
        constraints = [
            no_overlapping_days("lease_once_a_day", F("item"), F("unit")),
            models.CheckConstraint(
                condition=Q(person=None) & ~Q(company=None) | ~Q(person=None) & Q(company=None),
                name="lease_of_person_or_company",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="lease_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(deposit__gte=0), name="lease_deposit_not_negative"),
        ]
        indexes = [models.Index(fields=["site", "begins_on", "id"], name="lease_by_time")]

    def __str__(self) -> str:
        return f"lease {self.number or self.pk} of unit {self.unit_id}"

    @property
    def tenant(self) -> Holder:
        """The person or company."""
        # A constraint: exactly one of them is set.
        return cast("Holder", self.person or self.company)


class RentStep(models.Model):
    """The monthly rent of a lease from a day on, until the next step's."""

    lease = models.ForeignKey(Lease, models.CASCADE, related_name="steps")
    begins_on = models.DateField(_("from"))
    # In minor units; 0 is a month free of rent.
    rent = models.BigIntegerField(_("rent per month"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lease", "begins_on"], name="rent_step_once_a_day"),
            models.CheckConstraint(condition=Q(rent__gte=0), name="rent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rent} from {self.begins_on}"
