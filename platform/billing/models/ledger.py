"""The double-entry ledger: accounts, entries and their lines."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.charges import Charge
from core.models import Site


class Account(models.Model):
    """An account of a site's ledger, in one currency."""

    class Code(models.TextChoices):
        """The accounts of billing itself; each kind of charge adds its income account."""

        CASH = "cash", _("cash")
        STRIPE = "stripe", _("Stripe balance")
        RECEIVABLE = "receivable", _("owed by payers")
        CREDIT = "credit", _("paid ahead by payers")
        REFUNDS_DUE = "refunds_due", _("refunds due")
        SUSPENSE = "suspense", _("suspense")

    class Type(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")

    site = models.ForeignKey(Site, models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=20)
    type = models.CharField(max_length=10, choices=Type)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code", "currency"], name="account_once"),
            models.CheckConstraint(
                condition=Q(type__in=["asset", "liability", "income", "expense"]),
                name="account_type_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class LedgerEntry(models.Model):
    """One posting; its lines sum to zero in each currency (a trigger checks it at commit)."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="ledger")
    # What is posted, such as ``payment:…``; unique, so that a repeated posting is detected.
    reference = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
    memo = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return self.reference


class LedgerLine(models.Model):
    """One side of a ledger entry in minor units: debit above zero, credit below."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, related_name="lines")
    amount = models.BigIntegerField()
    # Whose balance it is: a payer, or ("payment", public id) where only the payment is known.
    party_type = models.CharField(max_length=20, null=True)
    party_id = models.CharField(max_length=40, null=True)
    # The charge that a receivable, a credit or an income is for.
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="ledger_lines")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_line_not_zero"),
            models.CheckConstraint(
                condition=Q(party_type__isnull=True, party_id__isnull=True)
                | Q(party_type__isnull=False, party_id__isnull=False),
                name="ledger_party_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["party_type", "party_id"],
                condition=Q(party_type__isnull=False),
                name="ledger_line_of_party",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id}"
