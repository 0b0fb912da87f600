"""Bills, the credit notes that correct them, and the counters of their numbers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.charges import Charge
from core.ids import public_id
from core.models import Site
from estate.models import Unit


class NumberCounter(models.Model):
    """The last number of a site's series of a kind and year; its row lock prevents gaps."""

    class Kind(models.TextChoices):
        BILL = "bill", _("bill")
        CREDIT_NOTE = "credit_note", _("credit note")

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "year"], name="number_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Bill(models.Model):
    """Charges billed to one payer; a trigger refuses every change of an issued bill."""

    class State(models.TextChoices):
        """What `billing.outstanding` reads from the charges; no column stores it."""

        ISSUED = "issued", _("to be paid")
        PART_PAID = "part_paid", _("partly paid")
        SETTLED = "settled", _("paid")
        CREDITED = "credited", _("credited")
        WRITTEN_OFF = "written_off", _("written off")

    # The indexes by date serve what is looked up by site.
    site = models.ForeignKey(Site, models.PROTECT, related_name="bills", db_index=False)
    public_id = models.CharField(max_length=20, default=public_id)
    number = models.CharField(max_length=80)
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    payer_name = models.CharField(max_length=200)
    payer_address = models.CharField(max_length=300, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="bills")
    # Such as ``2026-11``; empty for a bill of single charges.
    period = models.CharField(max_length=20, blank=True, default="")
    issued_at = models.DateTimeField()
    # Dates in the site's time zone.
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    vat_total = models.BigIntegerField(default=0)
    # A creditor reference of ISO 11649; payers quote it on bank transfers.
    payment_reference = models.CharField(max_length=25)
    # Issuer, site and unit as they were when it was issued.
    snapshot = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="bill_number_once"),
            # A unique field would have a second index, for the beginning of its text.
            models.UniqueConstraint(fields=["public_id"], name="bill_public_id_once"),
            models.UniqueConstraint(fields=["payment_reference"], name="bill_reference_once"),
            models.CheckConstraint(condition=Q(total__gte=0), name="bill_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["site", "-issued_on", "-id"], name="bill_by_date"),
            models.Index(fields=["payer_type", "payer_id", "-issued_on"], name="bill_of_payer"),
            models.Index(fields=["site", "period", "unit"], name="bill_of_period"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def payer(self) -> tuple[str, str]:
        """Who owes it, as (type, id)."""
        return self.payer_type, self.payer_id


class BillLine(models.Model):
    """One charge of a bill; its amount, VAT and explanation are the charge's, which is final."""

    # Its index is the one of the line's position.
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", db_index=False)
    charge = models.OneToOneField(Charge, models.PROTECT, related_name="bill_line")
    position = models.PositiveSmallIntegerField()
    # What the charge is called, by language code.
    titles = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "position"], name="bill_line_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} line {self.position}"


class CreditNote(models.Model):
    """A correction of a bill: what its payer no longer owes; never changed."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="credit_notes")
    public_id = models.CharField(max_length=20, default=public_id)
    site = models.ForeignKey(Site, models.PROTECT, related_name="credit_notes", db_index=False)
    number = models.CharField(max_length=80)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="credit_note_number_once"),
            models.UniqueConstraint(fields=["public_id"], name="credit_note_public_id_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_positive"),
        ]
        indexes = [models.Index(fields=["site", "-issued_on", "-id"], name="credit_note_by_date")]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """How much a credit note takes off one line; `charge` is the revision that did."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="lines")
    bill_line = models.ForeignKey(BillLine, models.PROTECT, related_name="credits")
    charge = models.OneToOneField(Charge, models.PROTECT, related_name="credit_note_line")
    amount = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_line_positive")
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.bill_line_id}"
