"""Write-offs: what payers owe and the site no longer expects to be paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.charges import Charge
from core.ids import public_id
from core.models import Site


class WriteOff(models.Model):
    """What is left to pay of charges of one payer, posted as an expense once it is approved."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("waits for a second person")
        DONE = "done", _("written off")
        CANCELLED = "cancelled", pgettext_lazy("write-off", "cancelled")
        # The payer is asked for the money again.
        REVERSED = "reversed", pgettext_lazy("write-off", "reversed")

    site = models.ForeignKey(Site, models.PROTECT, related_name="write_offs")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_positive"),
            models.CheckConstraint(
                condition=Q(state="requested") | Q(decided_at__isnull=False),
                name="decided_write_off_has_time",
            ),
        ]
        indexes = [models.Index(fields=["site", "-requested_at", "-id"], name="write_off_by_time")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}: {self.reason}"

    @property
    def payer(self) -> tuple[str, str]:
        """Who owed it, as (type, id)."""
        return self.payer_type, self.payer_id


class WriteOffLine(models.Model):
    """One charge that is written off; `revision` is the charge that lowered what it costs."""

    write_off = models.ForeignKey(WriteOff, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="write_offs")
    amount = models.PositiveBigIntegerField()
    revision = models.OneToOneField(
        Charge, models.PROTECT, null=True, related_name="write_off_line"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_line_positive"),
            models.UniqueConstraint(
                fields=["write_off", "charge"], name="write_off_names_charge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.charge_id}"
