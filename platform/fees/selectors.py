"""Read fee items, their prices, and what is agreed on units."""

from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Charge
from core.models import Site
from fees.charge_sources import LATE_FEE
from fees.models import (
    BillRun,
    Discount,
    FeeItem,
    FeePrice,
    LateFeeWaiver,
    Lease,
    ReminderPause,
)
from fees.rules.months import first_of_next
from fees.rules.tiers import Tier
from people.periods import on_day, sharing_days, today


def fee_kinds(site: Site) -> dict[str, str]:
    """Return the fees that a site charges: the title by code."""
    return {item.code: str(item) for item in active_items(site)}


def items(site: Site) -> QuerySet[FeeItem]:
    """Return the fee items of a site, by code, with ``price_now``, null where none applies."""
    now = FeePrice.objects.filter(on_day(today(site)), item=OuterRef("pk"))
    rows = FeeItem.objects.filter(site=site).annotate(
        price_now=Subquery(now.values("price")[:1]), tiers_now=Subquery(now.values("tiers")[:1])
    )
    return rows.order_by("code")


def active_items(site: Site) -> QuerySet[FeeItem]:
    """Return the fee items that are in use, by code."""
    return FeeItem.objects.filter(site=site, ended_at=None).order_by("code")


def monthly_items(site: Site) -> QuerySet[FeeItem]:
    """Return the fee items in use that a billing run charges, by code."""
    return active_items(site).filter(method__in=FeeItem.MONTHLY)


def entered_by_hand(site: Site) -> QuerySet[FeeItem]:
    """Return the fee items in use of single charges and deposits, by code."""
    by_hand = (FeeItem.Method.ONE_OFF, FeeItem.Method.DEPOSIT)
    return active_items(site).filter(method__in=by_hand)


def chargeable_in(month: date, items: QuerySet[FeeItem]) -> QuerySet[FeeItem]:
    """Return those of the items that have a price in a month, or need none."""
    prices = FeePrice.objects.filter(sharing_days(month, first_of_next(month)), item=OuterRef("pk"))
    return items.filter(Exists(prices) | ~Q(method__in=FeeItem.PRICED))


def without_price(items: QuerySet[FeeItem]) -> QuerySet[FeeItem]:
    """Return those of the items that need a price and never had one."""
    return items.filter(method__in=FeeItem.PRICED, prices=None)


def prices_of(item: FeeItem) -> QuerySet[FeePrice]:
    """Return the prices of an item, the latest first."""
    return item.prices.order_by("-begins_on")


def price_on(item: FeeItem, day: date) -> FeePrice | None:
    """Return the price of an item on a day; None where none applies."""
    return item.prices.filter(on_day(day)).order_by(F("begins_on").desc()).first()


def tiers_of(price: FeePrice) -> list[Tier]:
    """Return the tiers of a stored price."""
    return [
        Tier(None if up_to is None else Decimal(up_to), Decimal(each))
        for up_to, each in price.tiers
    ]


def discounts(site: Site) -> QuerySet[Discount]:
    """Return the discounts of a site, the latest request first."""
    rows = Discount.objects.filter(item__site=site)
    return rows.select_related("item", "unit__building", "requested_by", "decided_by").order_by(
        "-pk"
    )


def leases(site: Site) -> QuerySet[Lease]:
    """Return the leases of a site, the latest first."""
    rows = Lease.objects.filter(site=site)
    return rows.select_related("item", "unit__building", "person", "company").order_by("-pk")


def bill_runs(site: Site) -> QuerySet[BillRun]:
    """Return the billing runs of a site, the latest month first."""
    rows = BillRun.objects.filter(site=site).select_related("site", "building", "work")
    people = rows.select_related("created_by", "issued_by", "undone_by")
    return people.prefetch_related("items").order_by("-month", "-pk")


def runs_to_check(site: Site) -> QuerySet[BillRun]:
    """Return the runs whose previews wait to be checked."""
    return BillRun.objects.filter(site=site, state=BillRun.State.PREVIEWED)


def late_fees(site: Site) -> QuerySet[Charge]:
    """Return the late fees of a site, the latest first, with what is ``waived`` and waits."""
    rows = Charge.objects.filter(site=site, source_type=LATE_FEE, revision=0)
    waivers = LateFeeWaiver.objects.filter(charge=OuterRef("pk"))
    approved = waivers.filter(state=LateFeeWaiver.State.APPROVED).order_by().values("charge")
    rows = rows.annotate(
        waived=Coalesce(Subquery(approved.annotate(sum=Sum("amount")).values("sum")), Value(0)),
        waiver=Subquery(waivers.filter(state=LateFeeWaiver.State.REQUESTED).values("pk")[:1]),
    )
    return rows.select_related("site").order_by("-opened_at", "-pk")


def waiting_waivers(site: Site) -> QuerySet[LateFeeWaiver]:
    """Return the waivers that wait for a second person."""
    return LateFeeWaiver.objects.filter(site=site, state=LateFeeWaiver.State.REQUESTED)


def reminder_pauses(site: Site) -> QuerySet[ReminderPause]:
    """Return the units of a site that are not reminded, by their last day."""
    rows = ReminderPause.objects.filter(site=site, until__gte=today(site))
    return rows.select_related("unit__building", "entered_by").order_by("until", "pk")
