"""Runs that charge fee items to the units of a site for one month."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Bill
from core.ids import public_id
from core.models import Run, Site, User
from estate.models import Building, Unit
from fees.models.items import FeeItem


class BillRun(models.Model):
    """Fee items charged to many units for one month: staged, previewed, then issued as bills.

    Its lines are staged once. What the preview shows is what is issued, even if a price changes in
    between.
    """

    class State(models.TextChoices):
        """How far it is; undone and discarded are final."""

        STAGING = "staging", pgettext_lazy("billing run", "being worked out")
        PREVIEWED = "previewed", pgettext_lazy("billing run", "to be checked")
        ISSUING = "issuing", pgettext_lazy("billing run", "bills are being issued")
        ISSUED = "issued", pgettext_lazy("billing run", "issued")
        UNDOING = "undoing", pgettext_lazy("billing run", "being undone")
        UNDONE = "undone", pgettext_lazy("billing run", "undone")
        DISCARDED = "discarded", pgettext_lazy("billing run", "discarded")

    # A site works on one run at a time.
    WORKING = (State.STAGING, State.ISSUING, State.UNDOING)

    site = models.ForeignKey(Site, models.PROTECT, related_name="bill_runs")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    items = models.ManyToManyField(FeeItem, related_name="bill_runs")
    # Whose units are charged; null for those of the whole site.
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="bill_runs"
    )
    # The first day of the month charged.
    month = models.DateField(_("month"))
    state = models.CharField(max_length=10, choices=State, default=State.STAGING)
    # The background work on its present state; null for one that was never queued.
    work = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    # What was staged: lines that charge something, those that don't, and the sums of the former.
    charged = models.PositiveIntegerField(default=0)
    omitted = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    vat_total = models.BigIntegerField(default=0)
    # One bill for each payer and unit.
    bills = models.PositiveIntegerField(default=0)
    # The largest lines, those that changed most, and what was left out by reason.
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # Printed on the credit notes of a run that is undone.
    undo_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                condition=Q(state__in=["staging", "issuing", "undoing"]),
                name="bill_run_works_alone",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="bill_run_of_a_month"),
            models.CheckConstraint(
                condition=Q(issued_at=None, issued_by=None)
                | Q(issued_at__isnull=False, issued_by__isnull=False),
                name="bill_run_issued_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["site", "-month", "-id"], name="bill_run_by_month")]

    def __str__(self) -> str:
        return f"run of {self.month:%Y-%m}, {self.state}"

    @property
    def is_working(self) -> bool:
        """Whether it changes in the background."""
        return self.state in self.WORKING

    @property
    def period(self) -> str:
        """The month as charges and bills name it, such as ``2026-11``."""
        return f"{self.month:%Y-%m}"


class RunLine(models.Model):
    """What one payer owes of a unit's fee in a run, or why nothing is charged."""

    # Its index is the one of its lines by unit, which the next lines are read by.
    run = models.ForeignKey(BillRun, models.CASCADE, related_name="lines", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="+")
    # The cause of the charge; see `fees.assessment`.
    source_id = models.CharField(max_length=40)
    period = models.CharField(max_length=20)
    # Both are empty where nobody pays.
    payer_type = models.CharField(max_length=20, blank=True, default="")
    payer_id = models.CharField(max_length=40, blank=True, default="")
    amount = models.BigIntegerField(default=0)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    vat_amount = models.BigIntegerField(default=0)
    # The explanation of the amount.
    lines = models.JSONField(default=list)
    begins_on = models.DateField()
    ends_on = models.DateField()
    due_on = models.DateField()
    # Of `fees.assessment.Omitted`; empty for a line that is charged.
    omitted = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "unit", "item", "period"], name="run_line_once_a_period"
            ),
            models.CheckConstraint(
                condition=~Q(omitted="") | Q(amount__gt=0) & ~Q(payer_id=""),
                name="run_line_charged_to_a_payer",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("begins_on")), name="run_line_of_some_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.period}: {self.omitted or self.amount}"


class RunBill(models.Model):
    """A bill that a run has issued."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="issued", db_index=False)
    bill = models.OneToOneField(Bill, models.PROTECT, related_name="run")
    # Set where the run was undone and money for the bill had been received.
    kept = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["run", "bill"], name="run_bill_of_run")]

    def __str__(self) -> str:
        return f"bill {self.bill_id} of run {self.run_id}"
