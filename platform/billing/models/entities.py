"""How an organisation bills, and the rules of a site's bills and payments."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Organisation, Site, User


class OrganisationBilling(models.Model):
    """What a legal entity prints on its bills besides its name, address and tax number."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="billing"
    )
    bank_name = models.CharField(_("bank"), max_length=120, blank=True, default="")
    bank_account = models.CharField(_("bank account"), max_length=60, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    # What the numbers of its series begin with.
    bill_prefix = models.CharField(_("prefix of bill numbers"), max_length=10, default="B")
    credit_note_prefix = models.CharField(
        _("prefix of credit note numbers"), max_length=10, default="C"
    )

    def __str__(self) -> str:
        return str(self.organisation)


class VatRate(models.Model):
    """The VAT of an income account of a legal entity from a day on; the amounts include it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="vat_rates")
    # The code of the ledger account, such as "parking".
    account = models.CharField(_("income account"), max_length=20)
    valid_from = models.DateField(_("from"))
    # In percent; 0 ends the VAT.
    rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "account", "valid_from"], name="vat_rate_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lt=100), name="vat_rate_in_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.rate} % from {self.valid_from}"


class BillingSettings(models.Model):
    """A site's rules of bills and payments; a site without a row has the defaults."""

    class PenaltyOrder(models.TextChoices):
        # Which debt a payment or credit settles first (property.md 6).
        PRINCIPAL_FIRST = "principal_first", _("fees before late fees")
        PENALTY_FIRST = "penalty_first", _("late fees before fees")

    site = models.OneToOneField(
        Site, models.CASCADE, primary_key=True, related_name="billing_settings"
    )
    allows_part_payment = models.BooleanField(_("part payments"), default=False)
    applies_credit = models.BooleanField(_("use credit for new bills"), default=True)
    penalty_order = models.CharField(
        _("order of debts"),
        max_length=20,
        choices=PenaltyOrder,
        default=PenaltyOrder.PRINCIPAL_FIRST,
    )
    # In minor units; a refund above it needs an approver who did not request it.
    refund_limit = models.PositiveBigIntegerField(_("refunds without a second person"), default=0)
    # In minor units; a waiver or a void above it needs a second person.
    waiver_limit = models.PositiveBigIntegerField(_("waivers without a second person"), default=0)
    due_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=15, validators=[MaxValueValidator(365)]
    )
    link_days = models.PositiveSmallIntegerField(
        _("days that the link of a bill works"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    # In the site's time zone; reminders wait until the end.
    quiet_from = models.TimeField(_("no messages from"), default=time(21))
    quiet_until = models.TimeField(_("no messages until"), default=time(8))

    def __str__(self) -> str:
        return str(self.site)
