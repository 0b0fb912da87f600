"""Payments with what they are for, their allocations and receipt numbers."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q, functions
from django.utils.translation import gettext_lazy as _

from billing.models.accounts import ProviderAccount
from billing.models.charges import Charge
from core.ids import public_id
from core.models import Site


class Payment(models.Model):
    """One attempt to pay one or several charges through one provider."""

    class State(models.TextChoices):
        CREATED = "created", _("started")
        PENDING = "pending", _("waiting for payer")
        # Some wallets and banks accept at once and transfer the money hours later.
        PROCESSING = "processing", _("waiting for bank")
        PAID = "paid", _("paid")
        EXPIRED = "expired", _("expired")
        FAILED = "failed", _("failed")
        # Mistyped cash, withdrawn in the shift that took it; its receipt number stays.
        VOID = "void", _("void")

    # States from which the payment may still become paid by its payer.
    UNDER_WAY = (State.CREATED, State.PENDING, State.PROCESSING)

    class Provider(models.TextChoices):
        STRIPE = "stripe", _("card or wallet")
        OFFLINE = "offline", _("cash at the lane")
        # Money that was received before the site's books began; it has no receipt here.
        OPENING = "opening", _("opening balance")

    site = models.ForeignKey(Site, models.PROTECT, related_name="payments")
    # The idempotency key of the attempt at its provider.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    provider = models.CharField(max_length=10, choices=Provider)
    # How it was paid, such as ``cash`` or ``bank_transfer``; empty where the provider implies it.
    method = models.CharField(max_length=20, blank=True, default="")
    # Whose credit the money is that no charge needs; null for an anonymous payer.
    payer_type = models.CharField(max_length=20, null=True)
    payer_id = models.CharField(max_length=40, null=True)
    # The account it was begun with; null for that of the environment, and before there were rows.
    account = models.ForeignKey(
        ProviderAccount, models.PROTECT, null=True, related_name="payments", db_index=False
    )
    # The method that it is collected with while the payer is away; null where the payer pays.
    saved_method = models.ForeignKey(
        "billing.SavedMethod", models.PROTECT, null=True, related_name="payments", db_index=False
    )
    provider_ref = models.CharField(max_length=120, null=True)
    checkout_url = models.URLField(max_length=1000, blank=True, default="")
    # Both are sent to the provider under the idempotency key, so a retry must send them unchanged.
    language = models.CharField(max_length=10, blank=True, default="")
    return_url = models.URLField(max_length=500, blank=True, default="")
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    email = models.EmailField(blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    # The log-in name of who collected it, for staff, and the name that payers may read.
    taken_by = models.CharField(max_length=160, blank=True, default="")
    taken_by_name = models.CharField(max_length=310, blank=True, default="")
    receipt_no = models.PositiveBigIntegerField(null=True)
    failure = models.CharField(max_length=300, blank=True, default="")
    # The provider's code of it, such as `authentication_required`.
    failure_code = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="provider_ref_once"),
            models.UniqueConstraint(fields=["site", "receipt_no"], name="receipt_no_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid")
                | Q(paid_at__isnull=False, receipt_no__isnull=False)
                | Q(paid_at__isnull=False, provider="opening"),
                name="paid_has_time_and_receipt",
            ),
            models.CheckConstraint(
                condition=Q(payer_type__isnull=True, payer_id__isnull=True)
                | Q(payer_type__isnull=False, payer_id__isnull=False),
                name="payment_payer_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "-paid_at"], condition=Q(state="paid"), name="payment_paid"
            ),
            models.Index(fields=["site", "created_at", "id"], name="payment_by_time"),
            models.Index(
                fields=["site", "created_at"], condition=~Q(state="paid"), name="payment_not_paid"
            ),
            models.Index("site", functions.Upper("taken_by"), "created_at", name="payment_taker"),
            models.Index(fields=["provider_ref"], name="payment_provider_ref"),
            models.Index(
                fields=["payer_type", "payer_id", "-created_at"],
                condition=Q(payer_type__isnull=False),
                name="payment_of_payer",
            ),
            models.Index(
                fields=["saved_method"],
                condition=Q(saved_method__isnull=False),
                name="payment_of_saved_method",
            ),
            models.Index(
                fields=["account", "created_at"],
                condition=Q(account__isnull=False),
                name="payment_of_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} by {self.provider}"

    @property
    def reference(self) -> str:
        """The reference of its ledger entry."""
        return f"payment:{self.public_id}"

    @property
    def payer(self) -> tuple[str, str] | None:
        """Who paid, as (type, id); None for an anonymous payer."""
        return (self.payer_type, self.payer_id) if self.payer_type and self.payer_id else None


class PaymentItem(models.Model):
    """One charge that a payment is for, with the offer that the payer accepted."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="items")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="payment_items")
    # What the payer asked to pay; of used credit, all that was used for the charge so far. How much
    # of it counts now, after refunds, credit notes and voids, is in the payment's allocations.
    amount = models.PositiveBigIntegerField()
    # When the amount was worked out, and until when it is honoured; null without an offer.
    offered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    # The explanation of the amount as the payer saw it, and what it was priced by.
    lines = models.JSONField(default=list)
    basis = models.CharField(max_length=80, blank=True, default="")
    # The charge is paid from the payment's credit, later than the payment and without an offer.
    is_credit = models.BooleanField(default=False)
    # Kept by a trigger: the payment is an online one that may still be paid.
    is_under_way = models.BooleanField(default=False, editable=False)

    # The payment's allocations to the charges of one cause, as (charge, amount), where read.
    allocated: list[tuple[int, int]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "charge"], name="payment_item_once"),
            models.UniqueConstraint(
                fields=["charge"], condition=Q(is_under_way=True), name="one_checkout_under_way"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_item_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.charge_id}"


class Allocation(models.Model):
    """Money of a payment that counts towards a charge; below zero where it was released again.

    Without a charge it is credit of the payment's payer. Rows are only added. A trigger keeps the
    sum of a payment's allocations within the payment's amount, the sum of a charge's within the
    charge's, and a payment's credit at zero or above.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="allocations")
    amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero")]
        indexes = [
            models.Index(
                fields=["payment"], condition=Q(charge__isnull=True), name="allocation_to_credit"
            ),
            # Rows are only added, so that a small index of ranges finds the latest ones.
            BrinIndex(fields=["created_at"], name="allocation_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id} to {self.charge_id}"


class ReceiptCounter(models.Model):
    """The last receipt number of a site; its row lock keeps the numbers without gaps."""

    site = models.OneToOneField(
        Site, models.PROTECT, primary_key=True, related_name="receipt_counter"
    )
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class ProviderEvent(models.Model):
    """A provider's event that was processed; its id makes a second delivery a no-op."""

    provider = models.CharField(max_length=10, choices=Payment.Provider)
    account = models.ForeignKey(
        ProviderAccount, models.PROTECT, null=True, related_name="events", db_index=False
    )
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id", "account"],
                nulls_distinct=False,
                name="provider_event_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
