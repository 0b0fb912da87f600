"""What staff note of payments that no online provider collected, and voids of mistyped ones."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from core.models import User


class OfflineMethod(models.TextChoices):
    """How money is paid at the desk; `Payment.method` has the code."""

    CASH = "cash", _("cash")
    POS = "pos", _("card terminal")
    BANK_TRANSFER = "bank_transfer", _("bank transfer")
    CHEQUE = "cheque", _("cheque")


class OfflineDetail(models.Model):
    """The reference and the date of a card slip, a transfer or a cheque."""

    payment = models.OneToOneField(
        Payment, models.PROTECT, primary_key=True, related_name="offline_detail"
    )
    reference = models.CharField(max_length=80, blank=True, default="")
    # The date on it, in the site's time zone.
    dated_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["reference", "dated_on"], name="offline_by_reference")]

    def __str__(self) -> str:
        return f"{self.reference} {self.dated_on}"


class ChequeReturn(models.Model):
    """That the bank did not honour a cheque: its payment is void."""

    payment = models.OneToOneField(
        Payment, models.PROTECT, primary_key=True, related_name="cheque_return"
    )
    # As the bank words it.
    reason = models.CharField(max_length=200)
    # The bank's day, in the site's time zone.
    returned_on = models.DateField()
    # What the payer is charged for it, in minor units; 0 for nothing.
    fee = models.PositiveBigIntegerField(default=0)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.payment_id} returned on {self.returned_on}"


class PaymentVoid(models.Model):
    """The withdrawal of a payment of the desk that was mistyped, in the shift that took it."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="voids")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    reason = models.CharField(max_length=200)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    # Above the site's limit it is another person; null at or below it.
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=~Q(state="cancelled"), name="one_void_per_payment"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="void_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="requested", ended_at__isnull=True)
                | (~Q(state="requested") & Q(ended_at__isnull=False)),
                name="ended_void_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} void of {self.payment_id}"
