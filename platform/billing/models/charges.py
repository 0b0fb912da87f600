"""What payers owe, with the explanation of each amount."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site


class Charge(models.Model):
    """What a payer owes for one cause, with the explanation of its amount.

    A draft's amount is provisional and not posted. An open charge is final: a later
    change of its cause is another row with the next revision, whose amount is the difference.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("not final")
        OPEN = "open", _("to be paid")
        SETTLED = "settled", _("paid")
        CANCELLED = "cancelled", _("cancelled")

    # States whose amount is posted to the ledger.
    POSTED = (State.OPEN, State.SETTLED)

    site = models.ForeignKey(Site, models.PROTECT, related_name="charges")
    # Both are null where the payer is not known, as of a car at a lane.
    payer_type = models.CharField(max_length=20, null=True)
    payer_id = models.CharField(max_length=40, null=True)
    # A typed reference to the cause, such as ("stay", its public id). The app that registered the
    # type as a ChargeSource resolves it; billing itself never does.
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=40)
    # The part of a recurring cause, such as "2026-03"; empty for a cause that charges once.
    period = models.CharField(max_length=20, blank=True, default="")
    revision = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    vat_amount = models.BigIntegerField(default=0)
    lines = models.JSONField(default=list)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    # What was received for the cause, where it was read together with the charge.
    received: list[Any] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_type", "source_id", "period", "revision"],
                name="charge_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(payer_type__isnull=True, payer_id__isnull=True)
                | Q(payer_type__isnull=False, payer_id__isnull=False),
                name="charge_payer_whole",
            ),
            # Only an adjustment lowers what was charged before.
            models.CheckConstraint(
                condition=Q(amount__gte=0) | Q(revision__gt=0), name="charge_amount_sign"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(opened_at__isnull=False),
                name="posted_charge_has_time",
            ),
            models.CheckConstraint(
                condition=Q(begins_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gte=F("begins_at")),
                name="charge_period_ordered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "due_at"], condition=Q(state="open"), name="charge_unpaid"
            ),
            models.Index(
                fields=["site", "-opened_at"],
                condition=Q(state__in=["open", "settled"]),
                name="charge_opened",
            ),
            # A person's or company's bills; most charges, of cars at a lane, have no payer.
            models.Index(
                fields=["payer_type", "payer_id", "opened_at"],
                condition=Q(payer_type__isnull=False),
                name="charge_of_payer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} rev {self.revision}: {self.amount} {self.currency}"

    @property
    def reference(self) -> str:
        """The cause as one text, such as ``stay:vska6fc8nc92xf6gryxz``."""
        period = f":{self.period}" if self.period else ""
        return f"{self.source_type}:{self.source_id}{period}"
