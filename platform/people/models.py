"""Residents and tenants, and the cars they drive."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site
from estate.models import Unit


class Person(models.Model):
    """Somebody who lives or works at the site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="people")
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="people")

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """A car registered at the site by its plate, for a time."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="vehicles")
    plate = models.CharField(_("plate"), max_length=16)
    # core.plates.fold(plate): look-alikes written as one.
    folded = models.CharField(max_length=16)
    person = models.ForeignKey(Person, models.CASCADE, related_name="vehicles")
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        # What has ended stays as it was: a stay that began under it is covered until its end.
        constraints = [
            models.UniqueConstraint(
                fields=["site", "plate"], condition=Q(ends_at=None), name="vehicle_plate_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="vehicle_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["site", "folded"], name="vehicle_folded")]

    def __str__(self) -> str:
        return self.plate
