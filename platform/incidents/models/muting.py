"""Which incidents people are not notified of: silences, and a site's rules."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from devices.models import Device
from incidents import kinds
from incidents.severities import Severity


class Silence(models.Model):
    """A time in which incidents that match are recorded, and nobody is notified of them.

    Every field that is filled must match; at least one besides the severity is filled, or the
    whole site is silent.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="silences")
    # Empty: all kinds.
    kinds = ArrayField(models.CharField(max_length=kinds.MAX_CODE), default=list, blank=True)
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="+")
    # A place as a code, such as ``lot:2`` or ``gate:1``; empty: everywhere.
    place_key = models.CharField(max_length=40, blank=True, default="")
    # More severe incidents are not silenced.
    up_to = models.CharField(_("up to severity"), max_length=10, choices=Severity)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-begins_at", "-pk"]
        indexes = [models.Index(fields=["site", "ends_at"], name="silence_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="silence_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"silence {self.pk} at site {self.site_id}"


class IncidentSettings(models.Model):
    """How a site groups and repeats incidents; without a row, the defaults apply."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="incident_settings")
    # Incidents of one place that begin within so many minutes of each other belong together.
    group_minutes = models.PositiveSmallIntegerField(_("group within (min)"), default=10)
    # An ended incident that comes again within so many minutes notifies nobody again.
    cool_down_minutes = models.PositiveSmallIntegerField(_("cool-down (min)"), default=10)
    # Which active incidents hide which (`incidents.inhibition`); null: the defaults.
    inhibitions = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(group_minutes__lte=1440, cool_down_minutes__lte=1440),
                name="incident_settings_within_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"incident settings of site {self.site_id}"
