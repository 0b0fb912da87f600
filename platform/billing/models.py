"""Charges, payments with their allocations, receipts, and the double-entry ledger."""

from typing import Any

from django.db import models
from django.db.models import F, Q, functions
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import public_id
from core.models import Site, User


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
        ]

    def __str__(self) -> str:
        return f"{self.reference} rev {self.revision}: {self.amount} {self.currency}"

    @property
    def reference(self) -> str:
        """The cause as one text, such as ``stay:vska6fc8nc92xf6gryxz``."""
        period = f":{self.period}" if self.period else ""
        return f"{self.source_type}:{self.source_id}{period}"


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

    # States from which the payment may still become paid by its payer.
    UNDER_WAY = (State.CREATED, State.PENDING, State.PROCESSING)

    class Provider(models.TextChoices):
        STRIPE = "stripe", _("card or wallet")
        OFFLINE = "offline", _("cash at the lane")

    site = models.ForeignKey(Site, models.PROTECT, related_name="payments")
    # The idempotency key of the attempt at its provider.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    provider = models.CharField(max_length=10, choices=Provider)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="provider_ref_once"),
            models.UniqueConstraint(fields=["site", "receipt_no"], name="receipt_no_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False, receipt_no__isnull=False),
                name="paid_has_time_and_receipt",
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
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} by {self.provider}"

    @property
    def reference(self) -> str:
        """The reference of its ledger entry."""
        return f"payment:{self.public_id}"


class PaymentItem(models.Model):
    """One charge that a payment is for, with the offer that the payer accepted."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="items")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="payment_items")
    amount = models.PositiveBigIntegerField()
    # When the amount was worked out, and until when it is honoured; null without an offer.
    offered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    # The explanation of the amount as the payer saw it, and what it was priced by.
    lines = models.JSONField(default=list)
    basis = models.CharField(max_length=80, blank=True, default="")
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

    Rows are only added. A trigger keeps the sum of a payment's allocations within the payment's
    amount, and the sum of a charge's within the charge's.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="allocations")
    amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id} to {self.charge_id}"


class Refund(models.Model):
    """Money of a payment that is paid back; a trigger keeps their sum within what was paid."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        APPROVED = "approved", _("approved")
        CREATED = "created", pgettext_lazy("refund", "sent")
        PENDING = "pending", _("waiting for bank")
        SUCCEEDED = "succeeded", _("refunded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        # Made at the provider, not here.
        EXTERNAL = "external", _("refunded at the provider")

    # States in which no money leaves, or it has come back.
    VOID = (State.FAILED, State.CANCELLED)
    # States before anything is posted.
    NOT_POSTED = (State.REQUESTED, State.APPROVED, State.CREATED)

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    # The idempotency key of the refund at its provider.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    provider_ref = models.CharField(max_length=120, null=True, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    reason = models.CharField(max_length=200, blank=True, default="")
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    failure = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} of {self.payment_id}"

    @property
    def reference(self) -> str:
        """The reference of its ledger entry."""
        return f"refund:{self.public_id}"


class Dispute(models.Model):
    """A payment that its payer disputes at the bank; it blocks refunds until it is decided."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("dispute", "open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    provider_ref = models.CharField(max_length=120, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider_ref} of {self.payment_id}"


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
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
