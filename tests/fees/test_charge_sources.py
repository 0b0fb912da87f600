"""Charges of fees: what they are called on bills, by income account and language."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.accounts import account_of_payer
from billing.models import Charge
from billing.ports import source_of
from billing.reports import statement
from core import clock
from fees.charge_sources import KINDS, kind_of, title_of
from fees.models import FeeItem
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import payer_of, pays, unit_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("income", FeeItem.Income.values)
def test_each_income_account_has_its_charges(income):
    item = FeeItemFactory(income=income, title="Service charge", title_zh="物业费")
    unit = unit_of(item.site)
    charge = Charge.objects.create(
        site=item.site,
        source_type=kind_of(item),
        source_id=f"{item.pk}-{unit.pk}",
        period="2026-11-16.2",
        currency="CNY",
        created_at=clock.now(),
    )
    source = source_of(charge)
    assert source.income_account == income
    assert source.title(charge, "en") == "Service charge, 2026-11"
    assert source.title(charge, "zh-hans").startswith("物业费")
    assert [fact.text for fact in source.receipt_facts(charge)] == [str(unit), "2026-11"]
    assert source.audit_subject(charge) == ("fee_item", str(item.pk))


def test_every_kind_fits_the_column_of_charges():
    assert all(len(kind) <= 20 for kind in KINDS.values())
    assert title_of(FeeItemFactory(title="Water"), "2026-11", "en") == "Water, 2026-11"


def test_a_payer_s_fees_are_titled_with_the_same_queries_for_many_as_for_one():
    site = SiteFactory()
    unit = unit_of(site, area="100")
    payer = payer_of(pays(unit))
    issue(preview(site, FeePriceFactory(item__site=site).item))
    today = clock.local(clock.now(), site.timezone).date()
    reads = (lambda: account_of_payer(site, payer), lambda: statement(site, [payer], today, today))
    for read in reads:
        read()  # content types and the like
    before = [_queries(read) for read in reads]
    items = [FeePriceFactory(item__site=site).item for _number in range(3)]
    issue(preview(site, *items))
    assert len(account_of_payer(site, payer).lines) == 4
    assert [_queries(read) for read in reads] == before


def _queries(read):
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)
