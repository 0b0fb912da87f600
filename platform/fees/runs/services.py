"""Start, issue, undo and discard billing runs; a site works on one at a time."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, clock, live, runs, validation
from core.errors import Rejection
from core.models import Run, Site, User
from estate.models import Building, Unit
from fees.models import BillRun, FeeItem
from fees.rules.months import first_of_next
from fees.runs.background import ISSUE, STAGE, UNDO
from fees.topics import BILL_RUN

State = BillRun.State


@transaction.atomic
def start_run(
    site: Site,
    actor: User,
    *,
    month: date,
    items: Sequence[FeeItem],
    building: Building | None = None,
) -> BillRun:
    """Start to work out what units owe for a month; nothing is charged yet.

    Args:
        month: any day of it.
        items: of the site, in use, of methods that are charged by month.
        building: whose units; those of the whole site by default.

    Raises:
        Rejection: there is no item, one cannot be charged by a run, or the site works on another
            run.
    """
    _require_items(site, items)
    bill_run = BillRun(
        site=site,
        month=month.replace(day=1),
        building=building,
        currency=site.currency,
        created_at=clock.now(),
        created_by=actor,
    )
    _save(bill_run)
    bill_run.items.set(items)
    units = Unit.objects.filter(building__site=site)
    if building is not None:
        units = units.filter(building=building)
    _begin(bill_run, STAGE, actor, units.count())
    codes = sorted(item.code for item in items)
    _record(bill_run, actor, "start bill run", month=bill_run.period, items=codes)
    return bill_run


@transaction.atomic
def issue_run(bill_run: BillRun, actor: User) -> BillRun:
    """Start to issue the bills of a run that was checked: exactly what the preview shows.

    Prices of its month are final from now on.

    Raises:
        Rejection: it is not ready, charges nothing, or the site works on another run.
    """
    locked = _lock(bill_run, State.PREVIEWED)
    if not locked.charged:
        raise Rejection(
            "run", "nothing_to_issue", _("this run charges nothing"), _("discard it, or wait")
        )
    locked.state, locked.issued_at, locked.issued_by = State.ISSUING, clock.now(), actor
    _save(locked)
    until = first_of_next(locked.month)
    items = FeeItem.objects.filter(bill_runs=locked)
    items.filter(Q(charged_until=None) | Q(charged_until__lt=until)).update(charged_until=until)
    units = locked.lines.filter(omitted="").values("unit").distinct().count()
    _begin(locked, ISSUE, actor, units)
    return locked


@transaction.atomic
def undo_run(bill_run: BillRun, actor: User, *, reason: str) -> BillRun:
    """Start to credit the bills of a run; those that money was received for are kept.

    Args:
        reason: printed on the credit notes.

    Raises:
        Rejection: there is no reason, it is not issued, or the site works on another run.
    """
    validation.require_reason(reason, _("enter the reason for the credit notes"))
    locked = _lock(bill_run, State.ISSUED)
    locked.state, locked.undone_by, locked.undo_reason = State.UNDOING, actor, reason.strip()
    _save(locked)
    _begin(locked, UNDO, actor, locked.issued.count())
    return locked


@transaction.atomic
def discard_run(bill_run: BillRun, actor: User) -> BillRun:
    """Discard a run that was not issued, with its lines.

    Raises:
        Rejection: it was issued, or is being worked on.
    """
    locked = _lock(bill_run, State.PREVIEWED)
    locked.lines.all().delete()
    locked.state, locked.summary = State.DISCARDED, {}
    locked.save()
    _record(locked, actor, "discard bill run", month=locked.period)
    live.announce(BILL_RUN, locked.site_id, locked.pk)
    return locked


@transaction.atomic
def retry_run(bill_run: BillRun, actor: User) -> BillRun:
    """Continue the background work that was given up, behind its last chunk.

    Raises:
        Rejection: it goes on, or has ended.
    """
    locked = _lock(bill_run, *BillRun.WORKING)
    past = locked.work
    if past is None or past.state not in (Run.State.FAILED, Run.State.CANCELLED):
        raise Rejection("run", "working", _("this run is being worked on"), _("wait a moment"))
    work = _begin(locked, past.kind, actor, past.total)
    work.cursor, work.done = past.cursor, past.done
    work.result = {key: value for key, value in past.result.items() if key != "error"}
    work.save(update_fields=["cursor", "done", "result"])
    return locked


def _require_items(site: Site, items: Sequence[FeeItem]) -> None:
    if not items:
        raise Rejection("items", "missing", _("no fee item is chosen"), _("choose one or more"))
    for item in items:
        if item.site_id != site.pk or item.ended_at or item.method not in FeeItem.MONTHLY:
            raise Rejection(
                "items",
                "not_chargeable",
                _("%(item)s is not charged by month") % {"item": item},
                _("choose other fee items"),
            )


def _save(bill_run: BillRun) -> None:
    """Store a run that begins to work; a constraint lets a site work on one at a time."""
    try:
        with transaction.atomic():
            bill_run.save()
    except IntegrityError:
        raise Rejection(
            "month",
            "busy",
            _("another billing run of the site is being worked on"),
            _("wait until it is done, then try again"),
        ) from None


def _begin(bill_run: BillRun, kind: str, actor: User, total: int) -> Run:
    parameters = {"run": bill_run.pk}
    bill_run.work = runs.start(kind, bill_run.site, actor.get_username(), total, parameters)
    bill_run.save(update_fields=["work"])
    return bill_run.work


def _lock(bill_run: BillRun, *states: State) -> BillRun:
    rows = BillRun.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("site", "work").get(pk=bill_run.pk)
    if locked.state not in states:
        raise Rejection(
            "run",
            "wrong_state",
            _("this run is in the state “%(state)s”") % {"state": locked.get_state_display()},
            _("reload the page"),
        )
    return locked


def _record(bill_run: BillRun, actor: User, action: str, **detail: object) -> None:
    audit.record(bill_run.site, actor, action, ("bill_run", bill_run.pk), **detail)
