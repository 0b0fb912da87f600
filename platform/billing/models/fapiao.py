"""Requests for a fapiao, the Chinese tax invoice, which staff issue in the tax system."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from core.ids import public_id


class FapiaoRequest(models.Model):
    """A payer's request for a fapiao of one payment; staff enter its number."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        ISSUED = "issued", _("issued")
        REJECTED = "rejected", _("rejected")
        # Money was refunded after it was issued: a red-letter fapiao has to reverse it.
        RED_REQUESTED = "red_requested", _("red-letter fapiao needed")
        RED_ISSUED = "red_issued", _("reversed by red-letter fapiao")

    # States in which no second request of the payment may be made.
    ACTIVE = (State.REQUESTED, State.ISSUED, State.RED_REQUESTED)

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="fapiao_requests")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    title = models.CharField(_("title"), max_length=120)
    # Empty for a private person.
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True, default="")
    email = models.EmailField(_("email"), blank=True, default="")
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=14, choices=State, default=State.REQUESTED)
    number = models.CharField(_("fapiao number"), max_length=40, blank=True, default="")
    red_number = models.CharField(
        _("red-letter fapiao number"), max_length=40, blank=True, default=""
    )
    reason = models.CharField(max_length=200, blank=True, default="")
    requested_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["requested", "issued", "red_requested"]),
                name="one_active_fapiao_request",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "red_requested", "red_issued"]) | ~Q(number=""),
                name="issued_fapiao_has_number",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fapiao_positive"),
        ]
        indexes = [models.Index(fields=["requested_at", "id"], name="fapiao_by_time")]

    def __str__(self) -> str:
        return f"{self.title}: {self.amount} {self.currency}"
