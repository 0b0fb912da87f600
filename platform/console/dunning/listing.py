"""The list of late fees."""

from decimal import Decimal
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import Charge
from core.money import Money
from fees.permissions import FeePermission
from fees.selectors import late_fees
from fees.topics import LATE_FEES
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter
from ui.lists.cells import RowPage, dialog_button, shows, shows_moment
from ui.templatetags.gatehouse import money


class LateFeeFilter(ListFilter):
    """Filters of late fees."""

    state = choice_filter(
        _("State"), [(each.value, each.label) for each in map(Charge.State, Charge.POSTED)]
    )


def _line(charge: Any) -> dict[str, Any]:
    return charge.lines[0] if charge.lines else {}


def _title(charge: Any) -> str:
    line = _line(charge)
    is_chinese = (get_language() or "").startswith("zh")
    return (line.get("title_zh") if is_chinese else "") or line.get("title", "")


def _major(charge: Any, minor: int) -> Decimal | str:
    return Money(minor, charge.currency).major() if minor else ""


def _money(charge: Any, minor: int) -> str:
    return money(minor, charge.currency) if minor else ""


def _acts(charge: Any, page: RowPage) -> SafeString:
    buttons: list[object] = []
    if FeePermission.WAIVE_LATE_FEES in page.permissions:
        if charge.waiver:
            buttons = [
                dialog_button(page.address("console:approve_waiver", charge.waiver), _("Approve")),
                dialog_button(page.address("console:refuse_waiver", charge.waiver), _("Refuse")),
            ]
        elif charge.waived < charge.amount:
            target = page.address("console:waive_late_fee", charge.pk)
            buttons = [dialog_button(target, _("Waive"))]
    return format_html_join("", "{}", ((each,) for each in buttons))


LATE_FEE_LIST = Listing(
    name="late_fees",
    title=_("Late fees"),
    rows=late_fees,
    columns=(
        Column("month", _("Month"), lambda charge: charge.period, fixed=True),
        Column("unit", _("Unit"), lambda charge: _line(charge).get("unit", "")),
        Column("fee", _("Fee"), _title),
        Column("amount", _("Amount"), lambda c: _major(c, c.amount), numeric=True),
        Column("waived", _("Waived"), lambda c: _major(c, c.waived), numeric=True),
        Column("state", _("State"), lambda charge: charge.get_state_display()),
        Column("posted", _("Posted"), lambda charge: charge.opened_at, sort="opened_at"),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "amount": shows(lambda charge: _money(charge, charge.amount)),
        "waived": shows(lambda charge: _money(charge, charge.waived)),
        "posted": shows_moment(lambda charge: charge.opened_at),
        "acts": _acts,
    },
    sort="-posted",
    filters=LateFeeFilter,
    lookups={"state": "state"},
    presets=(Preset(_("All"), {}), Preset(_("To be paid"), {"state": Charge.State.OPEN})),
    topics=(LATE_FEES.name,),
    empty=_("No late fees. They are posted each month for fees whose late fee is set."),
)
