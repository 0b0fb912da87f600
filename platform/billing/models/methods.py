"""Methods that payers let a provider keep, and the consent to collect with them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.accounts import ProviderAccount
from billing.models.charges import Charge
from core.ids import public_id
from core.models import Site


class SavedMethod(models.Model):
    """A card or wallet that a provider keeps; here are its reference and its last digits only."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="saved_methods")
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    provider = models.CharField(max_length=10)
    account = models.ForeignKey(
        ProviderAccount, models.PROTECT, null=True, related_name="saved_methods"
    )
    # The provider's ids of the payer and of the method.
    customer = models.CharField(max_length=120)
    reference = models.CharField(max_length=120, db_index=True)
    # Such as "visa 4242".
    title = models.CharField(max_length=60)
    # The last month in which it can be used, as year × 12 + month; null where it never expires.
    expires_month = models.PositiveIntegerField(null=True)
    saved_at = models.DateTimeField()
    # When the payer ended it, or the provider detached it.
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title


class AutoPay(models.Model):
    """A payer's consent that what they owe at a site is collected with a saved method."""

    class State(models.TextChoices):
        PENDING = "pending", _("being set up")
        ACTIVE = "active", _("on")
        STOPPED = "stopped", _("off")

    # The idempotency key of its set-up at the provider.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    site = models.ForeignKey(Site, models.PROTECT, related_name="autopays")
    payer_type = models.CharField(max_length=20)
    payer_id = models.CharField(max_length=40)
    provider = models.CharField(max_length=10)
    account = models.ForeignKey(ProviderAccount, models.PROTECT, null=True, related_name="+")
    method = models.ForeignKey(SavedMethod, models.PROTECT, null=True, related_name="autopays")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # The most that is collected for one charge, in minor units.
    limit = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    # How many days before it is collected the payer is notified.
    notice_days = models.PositiveSmallIntegerField()
    email = models.EmailField()
    language = models.CharField(max_length=10)
    # Who agreed, when, and to which version of the text.
    consented_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    consented_at = models.DateTimeField()
    terms_version = models.CharField(max_length=20)
    # The provider's id of the page on which the method was entered.
    setup_ref = models.CharField(max_length=120, blank=True, default="")
    return_url = models.URLField(max_length=500)
    stopped_at = models.DateTimeField(null=True)
    # The log-in name of who stopped it; the provider's name where it did.
    stopped_by = models.CharField(max_length=160, blank=True, default="")
    stop_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "payer_type", "payer_id"],
                condition=~Q(state="stopped"),
                name="one_autopay_per_payer",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(method__isnull=False),
                name="active_autopay_has_method",
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped") | Q(stopped_at__isnull=False),
                name="stopped_autopay_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer_type}:{self.payer_id} {self.state}"

    @property
    def payer(self) -> tuple[str, str]:
        """The payer as (type, id)."""
        return self.payer_type, self.payer_id


class Collection(models.Model):
    """One charge that auto-pay collects: the notice, then at most a few tries."""

    class State(models.TextChoices):
        NOTIFIED = "notified", _("will be collected")
        PAID = "paid", _("paid")
        # The payer has to pay it in person; it is not tried again.
        OVER_LIMIT = "over_limit", _("above the limit")
        NEEDS_PAYER = "needs_payer", _("needs the payer's confirmation")
        DECLINED = "declined", _("declined")
        ENDED = "ended", _("no longer due")

    OPEN = (State.NOTIFIED,)

    autopay = models.ForeignKey(AutoPay, models.PROTECT, related_name="collections")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="collections")
    state = models.CharField(max_length=12, choices=State, default=State.NOTIFIED)
    # What the notice named, in minor units: no more is collected.
    amount = models.PositiveBigIntegerField()
    notified_at = models.DateTimeField()
    # The first day, of the site, on which it may be tried.
    due_on = models.DateField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["autopay", "charge"], name="collected_once")]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="notified"), name="collection_due")
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.charge_id}: {self.state}"
