"""Post the late fees of unpaid fees: at the end of a month, or with a payment (decision 33).

What is posted is what has accrued until then less what was posted before, so that it makes no
difference how often that is done. A late fee is `UNIQUE` as every cause of a charge: by the month
that has ended, or by the last day that counts.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from billing.models import Charge
from billing.postings import payer_of
from billing.services import Cause, NewCharge, adjust_charge, create_charges
from billing.services.charging import account_of, lock_cause
from billing.settings import settings_of
from core import clock
from core.models import Site
from fees.charge_sources import LATE_FEE
from fees.debts import Debt, load_debts, rules_of
from fees.models import LateFeeRule
from fees.overdue import chunks, locked_fees, overdue_keys


def post_late_fees(site: Site, day: date) -> int:
    """Post what has accrued, as of a day of the site; return how many late fees were posted.

    A second call of the same day posts nothing.
    """
    rules = rules_of(site)
    before = clock.midnight(day, site.timezone)
    posted = 0
    for keys in chunks(overdue_keys(site, day) if rules else []):
        with transaction.atomic():
            posted += _post_month(site, locked_fees(keys, before), rules, day)
    return posted


def post_until(site: Site, debts: Sequence[Debt], day: date) -> int:
    """Post what has accrued on debts until a day, which does not count; their causes are locked.

    Returns:
        How many late fees were posted.
    """
    fees = [(debt, until) for debt in debts if (until := last_day_of(debt, day)) is not None]
    return _post(site, [(debt, until, f"{_last(until)}") for debt, until in fees])


def last_day_of(debt: Debt, day: date) -> date | None:
    """Return until when a debt accrues as of a day; None where no day of it counts yet."""
    until = min(debt.last_paid_on or day, day)
    return until if until > debt.begins_on else None


def _post_month(
    site: Site, charges: Sequence[Charge], rules: dict[int, LateFeeRule], day: date
) -> int:
    """Post what has accrued until the month began, or until a fee was paid in full."""
    debts = load_debts(site, charges, rules)
    fees = [(debt, debt.last_paid_on or day.replace(day=1)) for debt in debts]
    return _post(
        site,
        [(debt, until, f"{_last(until):%Y-%m}") for debt, until in fees if until > debt.begins_on],
    )


def _post(site: Site, fees: Sequence[tuple[Debt, date, str]]) -> int:
    """Post the late fees of debts until a day each, under a period."""
    due = [
        (debt, until, period, rest)
        for debt, until, period in fees
        if (rest := debt.accrued(until) - debt.posted) > 0
    ]
    if not due:
        return 0
    today = clock.local(clock.now(), site.timezone).date()
    due_on = today + timedelta(days=settings_of(site).due_days)
    due_at = clock.midnight(due_on, site.timezone)
    new = [each for each in due if each[2] not in each[0].periods]
    if new:
        create_charges(site, [_new(site, *each, due_at) for each in new])
    for debt, until, period, rest in due:
        if period in debt.periods:
            _raise(site, debt, until, period, rest, due_at)
    return len(due)


def _raise(site: Site, debt: Debt, until: date, period: str, rest: int, due_at: datetime) -> None:
    """Add to a late fee whose period was posted already, as of a fee that was open again."""
    cause = Cause(LATE_FEE, str(debt.charge.pk), period)
    lock_cause(cause)
    total = account_of(cause, clock.now()).total + rest
    lines = [_line(debt, _last(until), rest)]
    adjust_charge(site, cause, debt.charge.currency, total, lines=lines, due_at=due_at)


def _new(
    site: Site, debt: Debt, until: date, period: str, amount: int, due_at: datetime
) -> NewCharge:
    return NewCharge(
        cause=Cause(LATE_FEE, str(debt.charge.pk), period),
        state=Charge.State.OPEN,
        currency=debt.charge.currency,
        begins_at=clock.midnight(debt.begins_on, site.timezone),
        ends_at=clock.midnight(until, site.timezone),
        amount=amount,
        lines=[_line(debt, _last(until), amount)],
        payer=payer_of(debt.charge),
        opened_at=clock.now(),
        due_at=due_at,
    )


def _last(until: date) -> date:
    return until - timedelta(days=1)


def _line(debt: Debt, last: date, amount: int) -> dict[str, object]:
    """Return the explanation: by which rate, on what, since when, and what was posted before."""
    return {
        "kind": LATE_FEE,
        "item": debt.rule.item.code,
        "title": debt.rule.item.title,
        "title_zh": debt.rule.item.title_zh,
        "unit": debt.unit,
        "principal": debt.principal,
        "rate_per_day": str(debt.rule.rate_per_day),
        "from": debt.begins_on.isoformat(),
        "until": last.isoformat(),
        "posted_before": debt.posted,
        "amount": amount,
    }
