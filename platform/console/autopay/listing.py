"""The list of consents to auto-pay: columns, filters and what an export holds."""

from decimal import Decimal

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import AutoPay
from billing.permissions import BillingPermission
from billing.topics import PAYMENT
from core.models import Site
from core.money import Money
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter
from ui.lists.cells import RowPage, dialog_button, shows_moment, state
from ui.templatetags.gatehouse import money

State = AutoPay.State


class AutoPayFilter(ListFilter):
    """Filters of consents."""

    state = choice_filter(_("State"), State.choices)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _rows(site: Site) -> QuerySet[AutoPay]:
    return AutoPay.objects.filter(site=site).select_related("method", "consented_by")


def _method(autopay: AutoPay) -> str:
    return autopay.method.title if autopay.method else ""


def _limit(autopay: AutoPay) -> Decimal:
    return Money(autopay.limit, autopay.currency).major()


def _stop(autopay: AutoPay, page: RowPage) -> str | SafeString:
    if autopay.state == State.STOPPED or BillingPermission.REFUND not in page.permissions:
        return ""
    return dialog_button(page.address("console:stop_autopay", autopay.pk), _("Turn off"))


AUTOPAYS = Listing(
    name="autopays",
    title=_("Auto-pay"),
    rows=_rows,
    columns=(
        Column(
            "when",
            pgettext_lazy("auto-pay", "Agreed"),
            lambda row: row.consented_at,
            sort="consented_at",
            fixed=True,
        ),
        Column("by", _("Agreed by"), lambda row: row.consented_by.display_name),
        Column("terms", _("Version of the text"), lambda row: row.terms_version),
        Column("method", _("Method"), _method),
        Column("currency", _("Currency"), lambda row: row.currency, exported=True),
        Column("limit", _("Limit"), _limit, numeric=True),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("stopped", _("Turned off"), lambda row: row.stopped_at),
        Column("stopped_by", _("Turned off by"), lambda row: row.stopped_by),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "when": shows_moment(lambda row: row.consented_at),
        "limit": lambda row, _page: money(row.limit, row.currency),
        "state": lambda row, _page: state(
            row.get_state_display(), "go" if row.state == State.ACTIVE else ""
        ),
        "stopped": shows_moment(lambda row: row.stopped_at),
        "acts": _stop,
    },
    sort="-when",
    filters=AutoPayFilter,
    lookups={"state": "state", "since": "consented_at__gte", "until": "consented_at__lt"},
    presets=(Preset(_("All"), {}), Preset(pgettext_lazy("auto-pay", "On"), {"state": "active"})),
    topics=(PAYMENT.name,),
    empty=_("Nobody has turned auto-pay on. Residents do so in the portal, under Bills."),
)
