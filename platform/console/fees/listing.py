"""The lists of fees: fee items, discounts and leases."""

from datetime import date

from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from console.holder_cells import tenant
from core.models import Site
from core.money import Money, written_price
from fees import selectors
from fees.assessment.shares import number
from fees.models import Discount, FeeItem, Lease
from fees.permissions import FeePermission
from fees.topics import DISCOUNT
from people.periods import last_day, on_day, today
from ui.lists import (
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    containing,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, history_of, link, shows, shows_moment, state
from ui.templatetags.gatehouse import money

_IN_USE, _ENDED, _RUNNING = "in_use", "ended", "running"


class ItemFilter(ListFilter):
    """Filters of fee items."""

    q = search_filter(_("Code or title"))
    method = choice_filter(_("Method"), FeeItem.Method.choices)
    state = choice_filter(_("State"), [(_IN_USE, _("in use")), (_ENDED, _("ended"))])


def _in_use(_site: Site, rows: "QuerySet[FeeItem]", wanted: str) -> "QuerySet[FeeItem]":
    return rows.filter(ended_at__isnull=wanted == _IN_USE)


def price_text(item: FeeItem) -> str:
    """Return the price of an item that `fees.selectors.items` has found."""
    tiers = getattr(item, "tiers_now", None)
    if tiers:
        return ngettext("%(n)s tier", "%(n)s tiers", len(tiers)) % {"n": len(tiers)}
    price = getattr(item, "price_now", None)
    return "" if price is None else written_price(price, item.currency)


def _item(item: FeeItem, page: RowPage) -> object:
    return link(page.address("console:fee_item", item.pk), item)


def _own_rate(item: FeeItem) -> str:
    return "" if item.vat_rate is None else f"{number(item.vat_rate)} %"


FEE_ITEMS = Listing(
    name="fee_items",
    title=_("Fees"),
    rows=selectors.items,
    columns=(
        Column("title", _("Title"), str, fixed=True),
        Column("code", _("Code"), lambda item: item.code, sort="code"),
        Column("method", _("Method"), lambda item: item.get_method_display()),
        Column("price", _("Price today"), price_text, numeric=True),
        Column("vat", _("VAT rate"), lambda item: item.vat_rate, numeric=True),
        Column("until", _("Charged until"), lambda item: last_day(item.charged_until)),
    ),
    cells={"title": _item, "vat": shows(_own_rate)},
    sort="code",
    filters=ItemFilter,
    lookups={"q": containing("code", "title", "title_zh"), "method": "method", "state": _in_use},
    first_query={"state": _IN_USE},
    presets=(Preset(_("In use"), {"state": _IN_USE}), Preset(_("All"), {})),
    empty=_("No fees yet. Add what you charge, such as management by area, or water by meter."),
    first_step=FirstStep(_("Add fee"), "console:add_fee_item", FeePermission.MANAGE_FEES),
)


class DiscountFilter(ListFilter):
    """Filters of discounts."""

    state = choice_filter(_("State"), Discount.State.choices)
    kind = choice_filter(_("Granted for"), Discount.Kind.choices)


_DISCOUNT_TONES = {Discount.State.APPROVED: "go", Discount.State.REQUESTED: "wait"}


def _discount_state(row: Discount, _page: RowPage) -> object:
    return state(row.get_state_display(), _DISCOUNT_TONES.get(Discount.State(row.state), ""))


def _discount_acts(row: Discount, page: RowPage) -> object:
    buttons: list[object] = []
    own = page.user is not None and row.requested_by_id == page.user.pk
    may_decide = FeePermission.APPROVE_DISCOUNTS in page.permissions
    if row.state == Discount.State.REQUESTED and may_decide and not own:
        buttons += [
            dialog_button(page.address("console:approve_discount", row.pk), _("Approve")),
            dialog_button(page.address("console:refuse_discount", row.pk), _("Refuse")),
        ]
    if row.state == Discount.State.APPROVED and FeePermission.MANAGE_FEES in page.permissions:
        buttons.append(dialog_button(page.address("console:end_discount", row.pk), _("End")))
    buttons.append(history_of(page, "discount", row.pk))
    return format_html_join("", "{}", ((each,) for each in buttons))


DISCOUNTS = Listing(
    name="discounts",
    title=_("Discounts"),
    rows=selectors.discounts,
    columns=(
        Column("item", _("Fee"), lambda row: str(row.item), fixed=True),
        Column("unit", _("Unit"), lambda row: str(row.unit or _("all"))),
        Column("kind", _("Granted for"), lambda row: row.get_kind_display()),
        Column("percent", _("Percent"), lambda row: row.percent, numeric=True),
        Column("begins", _("From"), lambda row: row.begins_on),
        Column("ends", _("Last day"), lambda row: last_day(row.ends_on)),
        Column("by", _("Requested by"), lambda row: row.requested_by.display_name),
        Column("reason", _("Reason"), lambda row: row.reason, prose=True),
        Column("when", _("Requested"), lambda row: row.requested_at, sort="requested_at"),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "percent": shows(lambda row: f"{number(row.percent)} %"),
        "begins": shows(lambda row: row.begins_on.isoformat()),
        "ends": shows(lambda row: _day(last_day(row.ends_on))),
        "when": shows_moment(lambda row: row.requested_at),
        "state": _discount_state,
        "acts": _discount_acts,
    },
    sort="-when",
    filters=DiscountFilter,
    lookups={"state": "state", "kind": "kind"},
    presets=(
        Preset(
            _("Waiting for approval"),
            {"state": Discount.State.REQUESTED},
            lambda site: selectors.discounts(site).filter(state=Discount.State.REQUESTED),
        ),
        Preset(pgettext_lazy("discounts", "Approved"), {"state": Discount.State.APPROVED}),
        Preset(_("All"), {}),
    ),
    topics=(DISCOUNT.name,),
    empty=_("No discounts yet. Request one; it counts once a second person has approved it."),
    first_step=FirstStep(
        _("Request discount"), "console:request_discount", FeePermission.MANAGE_FEES
    ),
)


class LeaseFilter(ListFilter):
    """Filters of leases."""

    private = frozenset({"q"})

    q = search_filter(_("Tenant, unit or contract number"))
    state = choice_filter(_("State"), [(_RUNNING, _("running today")), (_ENDED, _("ended"))])


def _lease_state(site: Site, rows: "QuerySet[Lease]", wanted: str) -> "QuerySet[Lease]":
    if wanted == _ENDED:
        return rows.filter(ends_on__lte=today(site))
    return rows.filter(on_day(today(site)))


def _lease_acts(row: Lease, page: RowPage) -> object:
    buttons: list[object] = [
        dialog_button(page.address("console:lease_months", row.pk), _("Rents"))
    ]
    if FeePermission.MANAGE_FEES in page.permissions:
        buttons.append(dialog_button(page.address("console:end_lease", row.pk), _("End")))
    buttons.append(history_of(page, "lease", row.pk))
    return format_html_join("", "{}", ((each,) for each in buttons))


LEASES = Listing(
    name="leases",
    title=_("Leases"),
    rows=selectors.leases,
    columns=(
        Column("unit", _("Unit"), lambda row: str(row.unit), fixed=True),
        Column("tenant", _("Tenant"), lambda row: row.tenant.name),
        Column("item", _("Fee"), lambda row: str(row.item)),
        Column("number", _("Contract number"), lambda row: row.number),
        Column("begins", _("From"), lambda row: row.begins_on, sort="begins_on"),
        Column("ends", _("Last day"), lambda row: last_day(row.ends_on)),
        Column(
            "deposit",
            _("Deposit"),
            lambda row: Money(row.deposit, row.item.currency).major(),
            numeric=True,
        ),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "tenant": tenant,
        "begins": shows(lambda row: row.begins_on.isoformat()),
        "ends": shows(lambda row: _day(last_day(row.ends_on))),
        "deposit": shows(lambda row: money(row.deposit, row.item.currency)),
        "acts": _lease_acts,
    },
    sort="-begins",
    filters=LeaseFilter,
    lookups={
        "q": containing("number", "unit__code", "person__name", "company__name"),
        "state": _lease_state,
    },
    first_query={"state": _RUNNING},
    presets=(Preset(_("Running today"), {"state": _RUNNING}), Preset(_("All"), {})),
    empty=_("No leases yet. Add one to charge its rent every month."),
    first_step=FirstStep(_("Add lease"), "console:add_lease", FeePermission.MANAGE_FEES),
)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
