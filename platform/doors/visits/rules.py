"""What holds for the visitors of a site: limits, approval by reason, and the doors they may get."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.models import VisitorPass
from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from doors.models import VisitRules
from estate.models import DoorGroup, Unit

_COLUMNS = (
    "approved_by_staff",
    "per_day",
    "most_companions",
    "asks_at_door",
    "text",
    "way",
    "contractors_sign",
    "contractors_deposit",
)


def visit_rules(site: Site) -> VisitRules:
    """Return the rules of a site; the defaults where it has set none."""
    return VisitRules.objects.filter(site=site).first() or VisitRules(site=site)


@transaction.atomic
def set_visit_rules(
    site: Site, actor: User, *, groups: Iterable[DoorGroup], **values: Any
) -> VisitRules:
    """Set the rules of a site.

    Args:
        groups: the doors that a resident may open for a visitor.
        values: the other columns of `VisitRules`.
    """
    rules, _is_new = VisitRules.objects.select_for_update().get_or_create(site=site)
    before = {name: getattr(rules, name) for name in _COLUMNS}
    for name in _COLUMNS:
        setattr(rules, name, values.get(name, before[name]))
    rules.save()
    rules.groups.set(DoorGroup.objects.filter(site=site, pk__in=[each.pk for each in groups]))
    changed = {
        name: [before[name], getattr(rules, name)]
        for name in _COLUMNS
        if before[name] != getattr(rules, name)
    }
    audit.record(site, actor, "change rules for visitors", ("visit_rules", rules.pk), **changed)
    return rules


def groups_for(unit: Unit) -> QuerySet[DoorGroup]:
    """Return the doors that residents of a home may open for visitors, by code.

    Those of another building are left out.
    """
    offered = DoorGroup.objects.in_use().filter(pk__in=_offered(unit.building.site))
    elsewhere = Q(doors__building__isnull=False) & ~Q(doors__building=unit.building_id)
    own = Q(doors__building=unit.building_id)
    rows = offered.exclude(pk__in=offered.filter(elsewhere).values("pk"))
    return (rows | offered.filter(own)).distinct().order_by("code")


def _offered(site: Site) -> list[int]:
    rules = visit_rules(site)
    return list(rules.groups.values_list("pk", flat=True)) if rules.pk else []


def needs_approval(site: Site, reason: str) -> bool:
    """Whether visits for a reason are approved by the staff."""
    return reason in visit_rules(site).approved_by_staff


def asked_of_contractor(visit: VisitorPass) -> set[str]:
    """Return what a contractor still has to do before the visit is approved."""
    if visit.reason != VisitorPass.Reason.CONTRACTOR:
        return set()
    rules, missing = visit_rules(visit.site), set()
    if rules.contractors_sign and visit.rules_signed_at is None:
        missing.add("rules")
    if rules.contractors_deposit and not visit.deposit_receipt:
        missing.add("deposit")
    return missing


def require_companions(site: Site, companions: int) -> None:
    """Raise a Rejection if more come along than the site permits."""
    most = visit_rules(site).most_companions
    if companions > most:
        raise Rejection(
            "companions",
            "too_many",
            _("at most %(most)s companions may come along") % {"most": most},
            _("enter fewer, or invite them themselves"),
            params={"most": most},
        )


def require_few_on_day(unit: Unit, begins_at: datetime) -> None:
    """Raise a Rejection if a home has as many visits on that day as it may have.

    The caller holds the lock of the unit, so that two requests are not both the last one.
    """
    site = unit.building.site
    most = visit_rules(site).per_day
    if most is None:
        return
    begin = clock.local(begins_at, site.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = VisitorPass.objects.filter(unit=unit, cancelled_at=None)
    rows = rows.exclude(state=VisitorPass.State.DECLINED)
    day = rows.filter(begins_at__gte=begin, begins_at__lt=begin + timedelta(days=1))
    if day.count() >= most:
        raise Rejection(
            "begins_at",
            "too_many_on_day",
            _("this home has %(most)s visits on that day, which is the most it may have")
            % {"most": most},
            _("choose another day, or ask the management"),
            params={"most": most},
        )
