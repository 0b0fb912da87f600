"""Fee items and their prices: dated, never edited, in an order."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from core.models import AuditEntry
from fees import selectors
from fees.models import FeePrice
from fees.rules.tiers import Tier
from fees.services import items, prices
from people.ports import fee_kinds
from tests.factories import FeeItemFactory, SiteFactory
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
JAN, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)
TIERS = [Tier(Decimal(180), Decimal("5.00")), Tier(None, Decimal("7.00"))]


@pytest.fixture
def item():
    made = FeeItemFactory(method="area")
    made.refresh_from_db()
    return made


def set_price(item, day, price="2.80", **values):
    return prices.set_price(item, staff(), begins_on=day, price=Decimal(price), **values)


def test_an_item_is_a_kind_of_fee_that_people_pay():
    site = SiteFactory()
    item = items.add_item(
        site, staff(), code="property", method="area", title="Management", title_zh="物业费"
    )
    assert item.currency == site.currency
    assert fee_kinds(site)["property"] == "Management"
    with override("zh-hans"):
        assert fee_kinds(site)["property"] == "物业费"
    items.end_item(item, staff())
    assert "property" not in fee_kinds(site)


def test_a_code_is_used_once_at_a_site(item):
    values = {"code": item.code, "method": "area", "title": "Again"}
    assert rejected(items.add_item, item.site, staff(), **values) == ("code", "already_used")


def test_a_metered_item_names_what_is_metered(item):
    values = {"code": "water", "method": "meter", "title": "Water"}
    assert rejected(items.add_item, item.site, staff(), **values) == ("utility", "missing")


def test_a_change_is_audited_and_one_made_meanwhile_is_shown(item):
    shown = items.revision_of(item)
    items.change_item(item, staff(), revision=shown, title="Service charge")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.detail["title"][1]) == ("change fee item", "Service charge")
    again = rejected(items.change_item, item, staff(), revision=shown, title="Other")
    assert again == ("revision", "changed_meanwhile")


def test_a_new_price_ends_the_one_before(item):
    set_price(item, JAN)
    set_price(item, MARCH, "3.00")
    assert [(each.begins_on, each.ends_on) for each in item.prices.order_by("begins_on")] == [
        (JAN, MARCH),
        (MARCH, None),
    ]
    assert selectors.price_on(item, date(2026, 2, 28)).price == Decimal("2.80")
    assert selectors.price_on(item, MARCH).price == Decimal("3.00")
    assert selectors.price_on(item, date(2025, 12, 31)) is None


def test_a_price_begins_after_the_latest_one(item):
    set_price(item, MARCH)
    assert rejected(set_price, item, MARCH) == ("begins_on", "not_latest")
    assert rejected(set_price, item, JAN) == ("begins_on", "not_latest")


def test_days_that_were_charged_keep_their_price(item):
    price = set_price(item, JAN)
    item.charged_until = MAY
    item.save()
    assert rejected(set_price, item, MARCH) == ("begins_on", "charged_already")
    assert rejected(prices.withdraw_price, price, staff()) == ("begins_on", "charged_already")
    assert set_price(item, MAY, "3.10").begins_on == MAY


def test_a_price_that_is_withdrawn_leaves_the_one_before(item):
    first, second = set_price(item, JAN), set_price(item, MARCH, "3.00")
    assert rejected(prices.withdraw_price, first, staff()) == ("begins_on", "not_latest")
    prices.withdraw_price(second, staff())
    assert [(each.begins_on, each.ends_on) for each in item.prices.all()] == [(JAN, None)]


@pytest.mark.parametrize("price", ["-0.01", "1.0000001", "1000000001", "NaN"])
def test_what_is_no_price_is_rejected(item, price):
    assert rejected(set_price, item, JAN, price) == ("price", "out_of_range")


def test_tiers_ascend_and_belong_to_metered_fees(item):
    metered = FeeItemFactory(site=item.site, method="meter", utility="water")
    price = prices.set_price(metered, staff(), begins_on=JAN, tiers=TIERS)
    assert selectors.tiers_of(price) == TIERS
    wrong = {"begins_on": MAY, "tiers": TIERS[:1]}
    assert rejected(prices.set_price, metered, staff(), **wrong) == (
        "tiers",
        "last_tier_has_an_end",
    )
    other = {"begins_on": MAY, "tiers": TIERS}
    assert rejected(prices.set_price, item, staff(), **other) == ("tiers", "not_metered")


def test_the_database_refuses_overlaps_and_edits(item):
    price = set_price(item, JAN)
    with pytest.raises(IntegrityError), transaction.atomic():
        FeePrice.objects.create(item=item, begins_on=MARCH, price=1)
    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        FeePrice.objects.filter(pk=price.pk).update(price=1)


def test_a_late_fee_is_off_until_it_is_set(item):
    assert not hasattr(item, "late_fee")
    items.set_late_fee(item, staff(), rate_per_day=Decimal("0.0005"), grace_days=30)
    item.refresh_from_db()
    assert item.late_fee.grace_days == 30
    wrong = {"rate_per_day": Decimal("1.5")}
    assert rejected(items.set_late_fee, item, staff(), **wrong) == (
        "rate_per_day",
        "out_of_range",
    )
    items.set_late_fee(item, staff(), rate_per_day=None)
    assert not type(item.late_fee).objects.filter(item=item).exists()
