"""What a provider reports of its balance, and what differs from the ledger."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.accounts import ProviderAccount
from billing.models.payments import Payment
from core.models import Site


class BalanceTransaction(models.Model):
    """One movement of the balance at a provider, as it reported it; rows are only added."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        DISPUTE = "dispute", _("dispute")
        PAYOUT = "payout", _("payout to the bank")
        FEE = "fee", _("provider's fee")
        OTHER = "other", _("other movement")

    provider = models.CharField(max_length=10)
    account = models.ForeignKey(
        ProviderAccount, models.PROTECT, null=True, related_name="transactions", db_index=False
    )
    reference = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    # The provider's id of what moved it, such as a refund.
    source = models.CharField(max_length=120, blank=True, default="")
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, related_name="balance_transactions"
    )
    # In minor units of the currency; the fee is included in the amount.
    amount = models.BigIntegerField()
    fee = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference", "account"],
                nulls_distinct=False,
                name="balance_transaction_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["provider", "account", "occurred_at"], name="balance_transaction_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount} {self.currency}"

    @property
    def net(self) -> int:
        """What the balance changed by."""
        return self.amount - self.fee


class ReconciliationDifference(models.Model):
    """What a provider's balance and the ledger do not agree on; a person decides about it."""

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing here")
        MISSING_THERE = "missing_there", _("missing at the provider")
        DIFFERENT = "different", _("different amount")

    site = models.ForeignKey(Site, models.PROTECT, related_name="reconciliation_differences")
    provider = models.CharField(max_length=10)
    kind = models.CharField(max_length=20, choices=Kind)
    about = models.CharField(max_length=10, choices=BalanceTransaction.Kind)
    transaction = models.ForeignKey(
        BalanceTransaction, models.PROTECT, null=True, related_name="differences"
    )
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="differences")
    # In minor units: what the ledger has, and what the provider reports; null for nothing.
    booked = models.BigIntegerField(null=True)
    booked_currency = models.CharField(max_length=3, blank=True, default="")
    reported = models.BigIntegerField(null=True)
    reported_currency = models.CharField(max_length=3, blank=True, default="")
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    # Null where the provider reported later what was missing there.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "transaction"],
                condition=Q(transaction__isnull=False),
                name="difference_once_per_transaction",
            ),
            models.UniqueConstraint(
                fields=["kind", "payment"],
                condition=Q(transaction__isnull=True),
                name="difference_once_per_payment",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | ~Q(reason=""),
                name="difference_decided_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["site", "found_at", "id"], name="difference_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
