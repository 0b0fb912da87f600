"""The period of the statistics."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site
from ui.forms import Day, FilterForm

_DAYS = timedelta(days=27)  # four weeks with today
_LONGEST = timedelta(days=366)


class PeriodForm(FilterForm):
    """Days of the site's calendar; the last four weeks by default."""

    since = Day(label=_("From"))
    until = Day(label=_("Until"))

    def __init__(self, site: Site, data: Any) -> None:
        self._zone = clock.zone(site.timezone)
        today = clock.local(clock.now(), site.timezone).date()
        self._defaults = {"since": today - _DAYS, "until": today}
        texts = {name: day.isoformat() for name, day in self._defaults.items()}
        super().__init__({**texts, **{name: text for name, text in data.items() if text}})

    def period(self) -> tuple[datetime, datetime]:
        """Return the first instant and the one after the last; a year at most."""
        days = {**self._defaults, **self.criteria()}
        until = max(days["since"], days["until"])
        since = max(days["since"], until - _LONGEST)
        begin = datetime.combine(since, datetime.min.time(), self._zone)
        end = datetime.combine(until + timedelta(days=1), datetime.min.time(), self._zone)
        return begin, end
