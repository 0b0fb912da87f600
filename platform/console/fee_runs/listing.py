"""The list of billing runs."""

from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.money import Money
from core.text_lists import joined
from fees.models import BillRun
from fees.permissions import FeePermission
from fees.selectors import bill_runs
from fees.topics import BILL_RUN
from ui.lists import Column, FirstStep, ListFilter, Listing, Preset, choice_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.templatetags.gatehouse import money

TONES: dict[str, str] = {BillRun.State.ISSUED: "go", BillRun.State.PREVIEWED: "wait"}


class RunFilter(ListFilter):
    """Filters of billing runs."""

    state = choice_filter(_("State"), BillRun.State.choices)


def tone_of(run: BillRun) -> str:
    """Return the tone of a run's state."""
    return "busy" if run.is_working else TONES.get(run.state, "")


def _state(run: BillRun, _page: RowPage) -> SafeString:
    return state(run.get_state_display(), tone_of(run))


def _total(run: BillRun) -> Decimal:
    return Money(run.total, run.currency).major()


RUNS = Listing(
    name="fee_runs",
    title=_("Billing runs"),
    rows=bill_runs,
    columns=(
        Column("month", _("Month"), lambda run: run.period, sort="month", fixed=True),
        Column("items", _("Fees"), lambda run: joined(run.items.all())),
        Column("building", _("Building"), lambda run: str(run.building or "")),
        Column("state", _("State"), lambda run: run.get_state_display()),
        Column("bills", _("Bills"), lambda run: run.bills, numeric=True),
        Column("total", _("Amount"), _total, numeric=True),
        Column("left_out", _("Left out"), lambda run: run.omitted, numeric=True),
        Column("by", _("By"), lambda run: run.created_by.display_name),
        Column("started", _("Started"), lambda run: run.created_at),
    ),
    cells={
        "month": lambda run, page: link(
            page.address("console:fee_run", run.pk), format_html("<b>{}</b>", run.period)
        ),
        "state": _state,
        "total": shows(lambda run: money(run.total, run.currency)),
        "started": shows_moment(lambda run: run.created_at),
    },
    sort="-month",
    filters=RunFilter,
    lookups={"state": "state"},
    presets=(
        Preset(_("All"), {}),
        Preset(_("To be checked"), {"state": BillRun.State.PREVIEWED}),
        Preset(pgettext_lazy("billing run", "Issued"), {"state": BillRun.State.ISSUED}),
    ),
    topics=(BILL_RUN.name,),
    empty=_("No billing runs yet. A run charges fees to all units for a month."),
    first_step=FirstStep(
        _("Start a billing run"), "console:new_fee_run", FeePermission.CHARGE_FEES
    ),
)
