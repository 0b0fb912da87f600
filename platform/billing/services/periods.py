"""Close and reopen the months of a site's ledger."""

from datetime import date, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from billing.models import ClosedMonth, DailyTotal
from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User

# Postings under way hold the ledger until they commit, and wait behind whoever waits for it.
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('ledger'), (%s %% 2147483647)::integer)"


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return month_of(month + timedelta(days=31))


def closed_until(site: Site) -> date | None:
    """Return the first day of the latest closed month; None while none is closed."""
    return (
        ClosedMonth.objects.filter(site=site)
        .values_list("month", flat=True)
        .order_by("-month")
        .first()
    )


def closable_month(site: Site) -> date | None:
    """Return the earliest month that is over and not closed; None while there is none.

    It is the one after the latest closed month, or the first in which something was posted.
    """
    closed = closed_until(site)
    month = _first_month(site) if closed is None else next_month(closed)
    return month if month is not None and month < _this_month(site) else None


@transaction.atomic
def close_month(site: Site, actor: User, month: date) -> ClosedMonth:
    """Close a month: nothing is posted into it any more, so that its balances stay as they are.

    Args:
        site: whose month, in the site's timezone.
        actor: the caller has checked the permission.
        month: its first day.

    Raises:
        Rejection: the month is not over, is closed already, an earlier one is not closed, or
            postings are under way (`busy`).
    """
    _lock(site)
    _require_closable(site, month)
    closed = ClosedMonth.objects.create(
        site=site, month=month, closed_at=clock.now(), closed_by=actor
    )
    audit.record(site, actor, "close month", ("site", site.pk), month=f"{month:%Y-%m}")
    return closed


@transaction.atomic
def reopen_month(site: Site, actor: User, month: date, reason: str) -> None:
    """Let entries be posted into the latest closed month again.

    Raises:
        Rejection: it is not the latest closed month, the reason is missing, or postings are under
            way (`busy`).
    """
    _lock(site)
    if month != closed_until(site):
        raise Rejection(
            "month",
            "not_latest",
            _("this is not the latest closed month"),
            _("reopen the months after it first"),
        )
    validation.require_reason(reason, _("say why the month is reopened"))
    ClosedMonth.objects.filter(site=site, month=month).delete()
    audit.record(
        site, actor, "reopen month", ("site", site.pk), month=f"{month:%Y-%m}", reason=reason
    )


def _require_closable(site: Site, month: date) -> None:
    closed = closed_until(site)
    if month != month_of(month) or month >= _this_month(site):
        raise Rejection(
            "month", "not_over", _("this month is not over"), _("close it after its last day")
        )
    if closed is not None and month <= closed:
        raise Rejection(
            "month", "already_closed", _("this month is closed"), _("close the next one")
        )
    if closed is not None and month != next_month(closed):
        raise Rejection(
            "month",
            "earlier_open",
            _("an earlier month is not closed"),
            _("close the months in their order"),
        )


def _first_month(site: Site) -> date | None:
    totals = DailyTotal.objects.filter(account__site=site)
    first = totals.aggregate(day=Min("posted_on"))["day"]
    return month_of(first) if first else None


def _this_month(site: Site) -> date:
    return month_of(clock.local(clock.now(), site.timezone).date())


def _lock(site: Site) -> None:
    """Wait for postings under way, but not for long: others wait behind us meanwhile."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(_LOCK, [site.pk])
    except OperationalError as error:
        raise Rejection(
            "month",
            "busy",
            _("money is being posted at this moment"),
            _("try again in a moment"),
        ) from error
