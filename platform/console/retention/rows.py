"""What the page of retention shows of periods and holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from core import clock, retention
from core.models import LegalHold, RetentionPeriod, RetentionReport, Site
from people.models import Person
from ui.pages import Text


@dataclass(frozen=True)
class PeriodRow:
    """A class of data and its period at a site.

    Attributes:
        days: that of the site, or the standard.
        legal_basis: what requires a longer one.
        is_own: whether the site has set it.
        last_run: when rows were last deleted.
    """

    data: retention.DataClass
    days: int
    legal_basis: str
    is_own: bool
    last_run: object


@dataclass(frozen=True)
class HoldRow:
    """A legal hold in force, with the name of what it covers.

    Attributes:
        is_due: whether another person should review it now.
    """

    hold: LegalHold
    covers: str
    is_due: bool


def period_rows(site: Site) -> list[PeriodRow]:
    """Return the classes of data with their periods at a site."""
    own = {each.code: each for each in RetentionPeriod.objects.filter(site=site)}
    runs = RetentionReport.objects.filter(site=site, deleted__gt=0).order_by().values("code")
    last = dict(runs.annotate(last=Max("at")).values_list("code", "last"))
    rows = []
    for data in retention.all_classes():
        period = own.get(data.code)
        kept = period.days if period else data.standard()
        basis = period.legal_basis if period else ""
        rows.append(PeriodRow(data, kept, basis, period is not None, last.get(data.code)))
    return rows


def hold_rows(holds: Iterable[LegalHold]) -> list[HoldRow]:
    """Return holds with the name of what they cover."""
    found = list(holds)
    keys = [each.person for each in found if each.person]
    names = dict(Person.objects.filter(pk__in=keys).values_list("pk", "name"))
    now = clock.now()
    return [HoldRow(each, _covers(each, names), each.ends_at <= now) for each in found]


def label_of(code: str) -> Text:
    """Return what a class of data is called; its code where no room has it any more."""
    found = [each.label for each in retention.all_classes() if each.code == code]
    return found[0] if found else code


def _covers(hold: LegalHold, names: dict[int, str]) -> str:
    """Return the name of what a hold covers; empty for a plate and a period, which are drawn."""
    if hold.incident is not None:
        return _("Incident %(number)s") % {"number": hold.incident}
    return names.get(hold.person, "") if hold.person else ""
