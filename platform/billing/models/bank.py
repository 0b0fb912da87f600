"""Bank accounts of a site and the lines of their statements."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import LedgerEntry
from billing.models.payments import Payment
from core.models import Site, User


class BankAccount(models.Model):
    """An account whose statements are imported."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="bank_accounts")
    name = models.CharField(max_length=80)
    # An IBAN or the bank's own number; statements of another account are refused. May be empty.
    number = models.CharField(max_length=40, blank=True, default="")
    # Lines whose reference and amount fit a bill exactly are matched without a person.
    matches_exact = models.BooleanField(default=False)
    # By field, what this bank calls the column of its CSV; see `billing.bank.csv_lines`.
    columns = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="bank_account_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class BankLine(models.Model):
    """A movement of a bank account; its money is in suspense until it is matched.

    Money that left the account waits until a person says what it was; until then it is not booked.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be matched")
        MATCHED = "matched", _("matched")
        OUTGOING = "outgoing", _("paid out, not explained")
        NOTED = "noted", _("put aside")

    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="lines")
    # The same in every file that has the line.
    key = models.CharField(max_length=64)
    booked_on = models.DateField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=200, blank=True, default="")
    text = models.CharField(max_length=1000, blank=True, default="")
    reference = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # What it was matched with: a payment made from it, or one that was recorded at the desk.
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="bank_line")
    # Or the entry of the books that is the same money, or that says what it was.
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, null=True, related_name="bank_lines")
    # Why money that was paid out concerns no entry of these books.
    note = models.CharField(max_length=200, blank=True, default="")
    # How often it was matched: each match and its undo have ledger entries of their own.
    matches = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="bank_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_line_not_zero"),
            models.CheckConstraint(
                condition=Q(state="matched", payment__isnull=False, entry__isnull=True)
                | Q(state="matched", payment__isnull=True, entry__isnull=False)
                | ~Q(state="matched") & Q(payment__isnull=True, entry__isnull=True),
                name="matched_line_has_one_match",
            ),
            models.CheckConstraint(
                condition=Q(state="noted", amount__lt=0) & ~Q(note="")
                | ~Q(state="noted") & Q(note=""),
                name="line_put_aside_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-booked_on", "-id"], name="bank_line_by_date"),
            models.Index(fields=["account"], condition=Q(state="open"), name="bank_line_open"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"

    @property
    def party(self) -> tuple[str, str]:
        """Whose balance its money is while it is in suspense."""
        return ("bank_line", str(self.pk))
