"""Cash drawers: one for each person and shift."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import public_id
from core.models import Site, User


class Drawer(models.Model):
    """The cash that one person is responsible for during one shift.

    Its cash is the balance of the account of cash for the party ``("drawer", public id)``: every
    taking and paying-out is a ledger entry, so the drawer itself stores no sum until it is counted.
    A trigger refuses changes of a drawer that was handed over.
    """

    class Destination(models.TextChoices):
        SAFE = "safe", _("the safe")
        BANK = "bank", _("the bank")

    site = models.ForeignKey(Site, models.PROTECT, related_name="drawers")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    held_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    # The change that it was opened with, in minor units.
    float_amount = models.PositiveBigIntegerField(default=0)
    opened_at = models.DateTimeField()
    # All null while it is open. What it should hold by the ledger, and what was counted.
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    expected = models.BigIntegerField(null=True)
    counted = models.PositiveBigIntegerField(null=True)
    destination = models.CharField(max_length=4, choices=Destination, blank=True, default="")
    # Why counted and expected differ.
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "held_by"],
                condition=Q(closed_at__isnull=True),
                name="one_open_drawer_per_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    expected__isnull=True,
                    counted__isnull=True,
                    destination="",
                )
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    expected__isnull=False,
                    counted__isnull=False,
                    destination__in=["safe", "bank"],
                ),
                name="closed_drawer_is_counted",
            ),
        ]
        indexes = [models.Index(fields=["site", "-opened_at", "-id"], name="drawer_by_time")]

    def __str__(self) -> str:
        return f"{self.held_by} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def party(self) -> tuple[str, str]:
        """Whose balance its cash is in the ledger."""
        return ("drawer", self.public_id)

    @property
    def is_open(self) -> bool:
        """Whether it was not handed over yet."""
        return self.closed_at is None

    @property
    def difference(self) -> int:
        """What was counted beyond what was expected; below zero where some was missing."""
        return (self.counted or 0) - (self.expected or 0)
