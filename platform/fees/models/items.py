"""What a site charges for, and the prices of it by day."""

from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.vat import Rates
from core.constraints import no_overlapping_days
from core.currencies import validate_currency
from core.models import Site
from estate.models import Unit
from metering.models import Utility


class FeeItem(models.Model):
    """One kind of fee of a site: how its amount is worked out, and when it is due."""

    class Method(models.TextChoices):
        """How an amount is worked out."""

        AREA = "area", _("area × price")
        FIXED = "fixed", _("fixed amount per unit")
        METER = "meter", _("meter reading")
        SHARED = "shared", _("share of a cost")
        LEASE = "lease", _("rent of a lease")
        DEPOSIT = "deposit", pgettext_lazy("fee", "deposit")
        ONE_OFF = "one_off", _("entered by hand")

    class Basis(models.TextChoices):
        """The area that is charged."""

        BUILT_UP = "built_up", _("built-up area")
        USABLE = "usable", _("usable area")

    class TierCycle(models.TextChoices):
        """How long consumption is added up for the tiers of a price."""

        YEAR = "year", _("calendar year")
        MONTH = "month", _("calendar month")

    class Income(models.TextChoices):
        """The income accounts; their codes are those of the ledger."""

        PROPERTY = "income_property", _("property management")
        UTILITIES = "income_utilities", _("utilities")
        RENT = "income_rent", _("rent")
        OTHER = "income_fees", _("other fees")

    # Methods that a run charges month by month.
    MONTHLY = (Method.AREA, Method.FIXED, Method.METER, Method.SHARED, Method.LEASE)
    # Methods whose amount follows from the item's prices.
    PRICED = (Method.AREA, Method.FIXED, Method.METER, Method.DEPOSIT)

    site = models.ForeignKey(Site, models.PROTECT, related_name="fee_items")
    # Also the kind of fee by which `people` knows who pays.
    code = models.SlugField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=60)
    title_zh = models.CharField(_("title in Chinese"), max_length=60, blank=True, default="")
    method = models.CharField(_("method"), max_length=8, choices=Method)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    # Percent; the amounts include it. Null: the rate of the organisation for the income account.
    vat_rate = models.DecimalField(
        _("VAT rate"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    income = models.CharField(
        _("income account"), max_length=20, choices=Income, default=Income.OTHER
    )
    # Due on this day of the month charged, moved by so many months; the 31st is the last day.
    due_day = models.PositiveSmallIntegerField(_("due on day"), default=31)
    due_months = models.SmallIntegerField(_("months later"), default=0)
    # Empty: units of every use.
    uses = ArrayField(models.CharField(max_length=12, choices=Unit.Use), default=list, blank=True)
    # Whether every unit of these uses is charged, or only those that are assigned.
    for_all = models.BooleanField(_("charged to every unit"), default=True)
    basis = models.CharField(_("area charged"), max_length=8, choices=Basis, default=Basis.BUILT_UP)
    utility = models.CharField(_("utility"), max_length=12, choices=Utility, blank=True, default="")
    tier_cycle = models.CharField(
        _("tiers count by"), max_length=5, choices=TierCycle, default=TierCycle.YEAR
    )
    # The first day that no run has charged yet; prices before it are final.
    charged_until = models.DateField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("fee item")
        verbose_name_plural = _("fee items")
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="fee_item_code_once"),
            models.CheckConstraint(
                condition=Q(vat_rate__gte=0, vat_rate__lt=100), name="fee_item_vat_in_percent"
            ),
            models.CheckConstraint(
                condition=Q(due_day__range=(1, 31), due_months__range=(-12, 12)),
                name="fee_item_due_in_calendar",
            ),
            models.CheckConstraint(
                condition=~Q(method="meter") | ~Q(utility=""), name="metered_fee_has_utility"
            ),
        ]

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        return self.title_zh if chinese and self.title_zh else self.title

    def vat_on(self, day: date, rates: Rates) -> Decimal:
        """Return the rate of the VAT on a day, in percent.

        Args:
            rates: of the organisation.
        """
        return rates.on(self.income, day) if self.vat_rate is None else self.vat_rate


class FeePrice(models.Model):
    """The price of a fee item from a day on; a trigger refuses every change but that of its end."""

    item = models.ForeignKey(FeeItem, models.PROTECT, related_name="prices")
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # In major units of the currency: per square metre and month, per unit and month, or per unit
    # of consumption. Null where there are tiers.
    price = models.DecimalField(_("price"), max_digits=16, decimal_places=6, null=True, blank=True)
    # [[up to, price], …, [null, price]] as texts; upper bounds are inclusive.
    tiers = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            no_overlapping_days("fee_price_once_a_day", F("item")),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="fee_price_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, tiers=[]) | Q(price=None) & ~Q(tiers=[]),
                name="fee_price_or_tiers",
            ),
        ]

    def __str__(self) -> str:
        return f"price {self.price or self.tiers} from {self.begins_on}"


class LateFeeRule(models.Model):
    """The late fee of a fee item; there is none without a row."""

    item = models.OneToOneField(FeeItem, models.CASCADE, related_name="late_fee")
    # A share of the unpaid principal: 0.0005 for 0.05 % a day.
    rate_per_day = models.DecimalField(_("rate per day"), max_digits=7, decimal_places=6)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)
    # Percent of the principal that all late fees may reach.
    cap = models.DecimalField(_("highest share"), max_digits=5, decimal_places=2, default=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rate_per_day__gt=0, rate_per_day__lte=1, cap__gt=0, cap__lte=100),
                name="late_fee_within_principal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rate_per_day} a day"
