"""Visits: who comes to whom, when and how often."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.ids import public_id
from core.models import Site, User
from estate.models import Door, Unit
from people.models import Company, Person


class VisitorPass(models.Model):
    """A visit: who comes to whom and why, a window of time and a number of entries.

    Attributes:
        plate, folded: empty until it is known, for a visitor who is expected by name.
        host, unit, company: to whom the visitor comes, where a resident has invited them.
        entries_used: by cars and on foot; an entry is counted once at the edge of the site.
        entries_on_foot: how many of them no car has used.
        is_on_foot: the visitor is inside, and no car has used the entry: a car may take it over.
        entered_at: since when the visitor is inside; null outside.
        left_at: when they were last seen to leave.
        asked_at: the door at which they asked for it themselves.
        needs_guard: approved only by the staff, for a reason that the visitor isn't told.
        decided_by: who approved or declined it.
        rules_signed_at: when the visitor accepted the rules of the site.
        deposit_receipt: the number of the receipt of a deposit.
        issued_at: a pass covers no stay that had ended before it was issued. Null: not known.
    """

    class Reason(models.TextChoices):
        """Why somebody comes."""

        VISIT = "visit", pgettext_lazy("reason of a visitor", "visit")
        DELIVERY = "delivery", _("delivery")
        CONTRACTOR = "contractor", _("contractor")
        VIEWING = "viewing", _("viewing")

    class State(models.TextChoices):
        """Whether the visitor may come."""

        WAITING = "waiting", _("waiting for approval")
        APPROVED = "approved", pgettext_lazy("of a visit", "approved")
        DECLINED = "declined", pgettext_lazy("of a visit", "declined")

    site = models.ForeignKey(Site, models.CASCADE, related_name="visitor_passes")
    plate = models.CharField(_("plate"), max_length=16, blank=True, default="")
    folded = models.CharField(max_length=16, blank=True, default="")
    visitor_name = models.CharField(_("visitor"), max_length=120, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=30, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason, default=Reason.VISIT)
    companions = models.PositiveSmallIntegerField(_("companions"), default=0)
    host = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="visitor_passes")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, related_name="visitor_passes")
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="visitor_passes")
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    entries_allowed = models.PositiveSmallIntegerField(_("entries"), default=1)
    entries_used = models.PositiveSmallIntegerField(default=0)
    entries_on_foot = models.PositiveSmallIntegerField(default=0)
    is_on_foot = models.BooleanField(default=False)
    entered_at = models.DateTimeField(null=True, editable=False)
    left_at = models.DateTimeField(null=True, editable=False)
    free_minutes = models.PositiveIntegerField(_("free minutes"), default=0)
    code = models.CharField(max_length=20, unique=True, default=public_id)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.APPROVED)
    needs_guard = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=160, blank=True, default="")
    asked_at = models.ForeignKey(Door, models.SET_NULL, null=True, related_name="+")
    rules_signed_at = models.DateTimeField(null=True, editable=False)
    deposit_receipt = models.CharField(_("deposit receipt"), max_length=40, blank=True, default="")
    issued_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["site", "folded"], name="visitor_pass_folded"),
            models.Index(fields=["site", "begins_at", "id"], name="visitor_pass_by_time"),
            models.Index(
                fields=["site", "entered_at"],
                condition=Q(entered_at__isnull=False),
                name="visitor_inside",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="visitor_pass_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(entries_used__lte=F("entries_allowed")),
                name="visitor_pass_not_overused",
            ),
            models.CheckConstraint(
                condition=Q(entries_on_foot__lte=F("entries_used")),
                name="visitor_on_foot_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(is_on_foot=False) | Q(entries_on_foot__gt=0, entered_at__isnull=False),
                name="visitor_on_foot_has_entered",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["visit", "delivery", "contractor", "viewing"]),
                name="visitor_reason_valid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined"]),
                name="visitor_state_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plate or self.visitor_name} {self.begins_at:%Y-%m-%d}"

    @property
    def is_approved(self) -> bool:
        """Whether the visitor may come."""
        return self.state == self.State.APPROVED and self.cancelled_at is None

    @property
    def is_open(self) -> bool:
        """Whether it may still be used to come in, now or later."""
        is_used_up = self.entries_used >= self.entries_allowed
        return self.is_approved and self.ends_at > clock.now() and not is_used_up

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to approve it."""
        is_waiting = self.state == self.State.WAITING and self.cancelled_at is None
        return is_waiting and self.ends_at > clock.now()

    @property
    def is_overdue(self) -> bool:
        """Whether the visitor is inside and should have left."""
        return self.entered_at is not None and self.ends_at <= clock.now()
