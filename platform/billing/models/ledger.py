"""The double-entry ledger: accounts, entries, their lines and daily totals, closed months."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.charges import Charge
from core.models import Site, User


class Account(models.Model):
    """An account of a site's ledger, in one currency."""

    class Code(models.TextChoices):
        """The accounts of billing itself; each kind of charge adds its income account."""

        CASH = "cash", _("cash")
        SAFE = "safe", _("cash in the safe")
        BANK = "bank", _("bank account")
        POS_CLEARING = "pos_clearing", _("card terminal")
        CHEQUES = "cheques", _("cheques in hand")
        STRIPE = "stripe", _("Stripe balance")
        RECEIVABLE = "receivable", _("owed by payers")
        CREDIT = "credit", _("paid ahead by payers")
        REFUNDS_DUE = "refunds_due", _("refunds due")
        SUSPENSE = "suspense", _("suspense")
        DEPOSITS = "deposits", _("deposits held")
        DEPOSITS_KEPT = "deposits_kept", _("deposits kept")
        VAT_PAYABLE = "vat_payable", _("VAT payable")
        WRITE_OFF = "write_off", _("written off")
        CASH_DIFFERENCE = "cash_difference", _("cash differences")
        OPENING_BALANCE = "opening_balance", _("opening balances")
        PROVIDER_FEES = "provider_fees", _("fees of payment providers")

    class Type(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")
        EQUITY = "equity", _("equity")

    site = models.ForeignKey(Site, models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=20)
    type = models.CharField(max_length=10, choices=Type)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code", "currency"], name="account_once"),
            models.CheckConstraint(
                condition=Q(type__in=["asset", "liability", "income", "expense", "equity"]),
                name="account_type_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class LedgerEntry(models.Model):
    """One posting; the lines that a statement adds to it sum to zero in each currency (trigger)."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="ledger")
    # What is posted, such as ``payment:…``; unique, so that a repeated posting is detected.
    reference = models.CharField(max_length=80)
    at = models.DateTimeField()
    memo = models.CharField(max_length=200)
    # The accounting date: the day of `at` at the site, or today if that month is closed. A trigger
    # sets it where it is missing, and refuses a date in a closed month.
    posted_on = models.DateField(editable=False)
    # The first day of the closed month that a late entry belongs to.
    concerns_month = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name_plural = _("ledger entries")
        constraints = [
            # One index for whole references and for their beginnings, in any collation.
            models.UniqueConstraint(
                fields=["reference"],
                name="ledger_entry_reference_once",
                opclasses=["varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.reference


class LedgerLine(models.Model):
    """One side of a ledger entry in minor units: debit above zero, credit below."""

    # No constraints of foreign keys: entries and accounts are never changed or deleted, and a
    # trigger checks once for each statement that they exist and belong together.
    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="lines", db_constraint=False
    )
    # Its index is the one of the account's lines by date.
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    amount = models.BigIntegerField()
    # The entry's; a trigger refuses another one.
    posted_on = models.DateField(editable=False)
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
                fields=["party_type", "party_id", "posted_on"],
                condition=Q(party_type__isnull=False),
                name="ledger_line_of_party",
            ),
            models.Index(fields=["account", "posted_on"], name="ledger_line_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id}"


class DailyTotal(models.Model):
    """A part of what was posted to an account on a day; the sum of the rows is the day's total.

    Each statement that inserts lines adds its own rows by a trigger, so that two postings never
    wait for each other. A job merges them (`billing.balances.merge_daily_totals`).
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    posted_on = models.DateField()
    # A sum of amounts may exceed what one of them can be.
    amount = models.DecimalField(max_digits=30, decimal_places=0)

    class Meta:
        indexes = [models.Index(fields=["account", "posted_on"], name="daily_total_of_account")]

    def __str__(self) -> str:
        return f"{self.amount} to {self.account_id} on {self.posted_on}"


class ClosedMonth(models.Model):
    """A month of a site into which nothing is posted any more, like all months before it."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="closed_months")
    # The first day of the month, in the site's timezone.
    month = models.DateField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "month"], name="month_closed_once"),
            models.CheckConstraint(
                condition=Q(month__day=1), name="closed_month_begins_on_first_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
