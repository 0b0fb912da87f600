"""The late fees of fees as `billing.accruals.AccrualSource`: posted before money is allocated."""

from collections.abc import Sequence
from datetime import date, datetime

from billing.accruals import Accrued
from billing.models import Charge
from billing.services.charging import Cause, any_of
from core import clock
from core.models import Site
from core.money import Money
from fees.charge_sources import KINDS, LATE_FEE
from fees.debts import Debt, load_debts, rules_of
from fees.late_fees import last_day_of, post_until

_FEES = frozenset(KINDS.values())


class LateFeeAccruals:
    """What has accrued on fees since their last late fee was posted."""

    def accrued(self, charges: Sequence[Charge], at: datetime) -> list[Accrued]:
        """Return what has accrued on fees until a day and is not posted."""
        roots = _overdue(charges, at)
        if not roots:
            return []
        site = roots[0].site
        day = _day(site, at)
        found = ((debt, last_day_of(debt, day)) for debt in _debts(site, roots))
        return [
            Accrued(debt.charge, Money(rest, debt.charge.currency), until)
            for debt, until in found
            if until is not None and (rest := debt.accrued(until) - debt.posted) > 0
        ]

    def post(self, charges: Sequence[Charge], at: datetime) -> int:
        """Post what has accrued on fees until a day; their causes are locked."""
        roots = _overdue(charges, at)
        if not roots:
            return 0
        site = roots[0].site
        return post_until(site, _debts(site, roots), _day(site, at))

    def open_penalties(self, charges: Sequence[Charge]) -> list[Charge]:
        """Return the open late fees of fees, the first charge of each cause."""
        keys = [str(each.pk) for each in _roots(charges)]
        if not keys:
            return []
        rows = Charge.objects.filter(
            source_type=LATE_FEE, source_id__in=keys, state=Charge.State.OPEN
        )
        found = {Cause.of(each): each for each in rows.select_related("site").order_by("revision")}
        return list(found.values())


def _overdue(charges: Sequence[Charge], at: datetime) -> list[Charge]:
    return [each for each in _roots(charges) if each.due_at is not None and each.due_at < at]


def _roots(charges: Sequence[Charge]) -> list[Charge]:
    """Return the first charges of the causes of those charges that are fees."""
    fees = [each for each in charges if each.source_type in _FEES]
    found = {Cause.of(each): each for each in fees if each.revision == 0}
    later = {Cause.of(each) for each in fees} - found.keys()
    if later:
        rows = Charge.objects.filter(any_of(later), revision=0).select_related("site")
        found |= {Cause.of(each): each for each in rows}
    return list(found.values())


def _debts(site: Site, roots: Sequence[Charge]) -> list[Debt]:
    rules = rules_of(site)
    return load_debts(site, roots, rules) if rules else []


def _day(site: Site, at: datetime) -> date:
    return clock.local(at, site.timezone).date()
