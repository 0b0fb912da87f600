"""Payments with their providers, receipts, and the double-entry ledger."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import public_id
from core.models import Site
from parking.models import Quote, Stay


class Account(models.Model):
    """An account of a site's ledger."""

    class Code(models.TextChoices):
        CASH = "cash", _("cash in hand")
        STRIPE = "stripe", _("held by Stripe")
        PARKING = "parking", _("parking income")
        REFUNDS_DUE = "refunds_due", _("owed back to payers")
        SUSPENSE = "suspense", _("taken, to be looked into")

    site = models.ForeignKey(Site, models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=20, choices=Code)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code", "currency"], name="account_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class LedgerEntry(models.Model):
    """One booking; its lines add up to nothing (a trigger refuses any other at commit)."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="ledger")
    # What it books, such as ``payment:…``: booked once, whoever asks again.
    reference = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
    memo = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return self.reference


class LedgerLine(models.Model):
    """One side of a ledger entry: debit above zero, credit below, in minor units."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, related_name="lines")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_line_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id}"


class Payment(models.Model):
    """One attempt to pay for a stay, through one provider."""

    class State(models.TextChoices):
        CREATED = "created", _("begun")
        PENDING = "pending", _("waits for the payer")
        # Some wallets and banks promise first and pay hours later.
        PROCESSING = "processing", _("waits for the bank")
        PAID = "paid", _("paid")
        EXPIRED = "expired", _("expired")
        FAILED = "failed", _("failed")

    # It may still be paid.
    UNDER_WAY = (State.CREATED, State.PENDING, State.PROCESSING)

    class Provider(models.TextChoices):
        STRIPE = "stripe", _("card or wallet")
        OFFLINE = "offline", _("cash at the lane")

    site = models.ForeignKey(Site, models.PROTECT, related_name="payments")
    stay = models.ForeignKey(Stay, models.PROTECT, related_name="bill_payments")
    # The offer that the payer accepted; none where the car's price was settled without one.
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, related_name="payments")
    # Our own key, told to the provider so that the same attempt is never two.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    provider = models.CharField(max_length=10, choices=Provider)
    provider_ref = models.CharField(max_length=120, null=True)
    checkout_url = models.URLField(max_length=1000, blank=True, default="")
    # Told to the provider with the key, so kept as they were: a repeated call must not differ.
    language = models.CharField(max_length=10, blank=True, default="")
    return_url = models.URLField(max_length=500, blank=True, default="")
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    email = models.EmailField(blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=160, blank=True, default="")
    receipt_no = models.PositiveBigIntegerField(null=True)
    failure = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="provider_ref_once"),
            models.UniqueConstraint(fields=["site", "receipt_no"], name="receipt_no_once"),
            models.UniqueConstraint(
                fields=["stay"],
                condition=Q(state__in=["created", "pending", "processing"])
                & ~Q(provider="offline"),
                name="one_checkout_under_way",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False, receipt_no__isnull=False),
                name="paid_has_time_and_receipt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} by {self.provider}"

    @property
    def reference(self) -> str:
        """Its name in the ledger and in parking."""
        return f"payment:{self.public_id}"


class ReceiptCounter(models.Model):
    """The last receipt number given at a site; its lock keeps the numbers without a gap."""

    site = models.OneToOneField(
        Site, models.PROTECT, primary_key=True, related_name="receipt_counter"
    )
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class ProviderEvent(models.Model):
    """A provider's message to us; its id makes a second copy change nothing."""

    provider = models.CharField(max_length=10, choices=Payment.Provider)
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
