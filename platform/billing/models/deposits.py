"""Deposits: money that a payer leaves with the site, and how each was settled."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import public_id
from core.models import Site
from estate.models import Unit


class Deposit(models.Model):
    """A deposit that was asked for; its charge has the source ``deposit`` and its public id."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="deposits")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="deposits")
    purpose = models.CharField(max_length=120)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_positive")]
        indexes = [
            models.Index(fields=["site", "-created_at"], name="deposit_by_time"),
            models.Index(fields=["payer_type", "payer_id"], name="deposit_of_payer"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.amount} {self.currency}"

    @property
    def payer(self) -> tuple[str, str]:
        """Who left it, as (type, id)."""
        return self.payer_type, self.payer_id


class DepositSettlement(models.Model):
    """A deposit given back, in whole or less a part that the site keeps for a reason."""

    deposit = models.OneToOneField(Deposit, models.PROTECT, related_name="settlement")
    returned = models.PositiveBigIntegerField()
    kept = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True, default="")
    settled_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kept=0) | ~Q(reason=""), name="kept_deposit_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.returned} returned, {self.kept} kept"
