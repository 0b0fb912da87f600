"""What authorities have asked to be watched for, over an interface."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site


class Disposition(models.Model):
    """A request of an authority to watch for a plate; a person here decides about it.

    The message itself is not kept: only its sum, and what the decision and the answer need.
    """

    class Category(models.TextChoices):
        """What is watched for (DispositionCategory of GA/T 1400)."""

        PERSON = "1", _("person")
        MOTOR_VEHICLE = "2", _("motor vehicle")
        NON_MOTOR_VEHICLE = "3", _("non-motor vehicle")
        KEYWORD = "4", _("keyword")

    site = models.ForeignKey(Site, models.PROTECT, related_name="dispositions")
    endpoint = models.ForeignKey(
        "incidents.FeedEndpoint", models.PROTECT, related_name="dispositions"
    )
    # As the authority names it.
    number = models.CharField(_("number"), max_length=48)
    title = models.CharField(_("title"), max_length=200)
    # As it was sent, such as ``(3=渝D2S035)``.
    target = models.CharField(_("target"), max_length=200)
    category = models.CharField(_("category"), max_length=1, choices=Category)
    # Where notifications about it are sent; empty: the endpoint's address.
    reply_address = models.CharField(max_length=400, blank=True, default="")
    # Of the message as it was received.
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    # The authority has revoked it.
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "number"], name="disposition_once"),
            models.CheckConstraint(condition=~Q(number=""), name="disposition_has_number"),
        ]

    def __str__(self) -> str:
        return self.number
