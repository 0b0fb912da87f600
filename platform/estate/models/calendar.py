"""The site's calendar: public holidays, and days that count as another day of the week."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site


class CalendarDay(models.Model):
    """A day that does not count as the day of the week that it is.

    Attributes:
        weekday: as which it counts, 0 for Monday; null for a holiday.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="calendar_days")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80)
    weekday = models.PositiveSmallIntegerField(_("counts as"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "day"], name="calendar_day_once"),
            models.CheckConstraint(
                condition=Q(weekday=None) | Q(weekday__lte=6), name="calendar_day_of_the_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.name}"
