"""Money that is paid back, and payments that their payers dispute."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.payments import Payment
from core.ids import public_id
from core.models import User


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
