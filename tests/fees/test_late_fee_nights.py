"""The nightly selection of overdue fees: few statements for many fees, by indexes."""

# Fixtures are imported, and named again by the tests that take them.
# ruff: noqa: F811

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Charge, Payment
from core import clock
from fees.late_fees import post_late_fees
from fees.models import FeeItem
from fees.overdue import open_fees, overdue_keys, paid_lately
from tests.fees.runs_of_site import issue, preview
from tests.fees.test_late_fees import NEW_YEAR, calendar, owner, site  # noqa: F401
from tests.fees.units import paid_unit

pytestmark = pytest.mark.django_db

# One in 200 of the charges is open; the others were paid over years, 40 a day.
_CHARGES = """
INSERT INTO billing_charge
  (site_id, payer_type, payer_id, source_type, source_id, period, revision, amount, currency,
   vat_rate, vat_amount, lines, due_at, state, created_at, opened_at)
SELECT %(site)s, 'person', '1', 'fee', '0-' || n, '2020-01', 0, 100, 'CNY', 0, 0, '[]',
       %(now)s - interval '3 years', CASE n %% 200 WHEN 0 THEN 'open' ELSE 'settled' END,
       %(now)s, %(now)s
FROM generate_series(1, 40000) n
"""
_ALLOCATIONS = """
INSERT INTO billing_allocation (payment_id, charge_id, amount, created_at)
SELECT %(payment)s, id, 100,
       %(now)s - interval '1 day' * (row_number() OVER (ORDER BY id DESC) / 40)
FROM billing_charge WHERE source_id LIKE '0-%%' ORDER BY id
"""


def statements_of_a_night(site) -> int:
    with (
        CaptureQueriesContext(
            connection,
        ) as captured,
        transaction.atomic(),
    ):
        post_late_fees(site, NEW_YEAR)
        transaction.set_rollback(True)
    return len(captured)


def test_a_night_takes_as_many_statements_for_many_fees_as_for_one(site, owner, calendar):
    calendar(NEW_YEAR)
    of_one = statements_of_a_night(site)
    for _number in range(4):
        paid_unit(site)
    calendar(date(2026, 11, 1))
    issue(preview(site, FeeItem.objects.get(), month=date(2026, 10, 1)))
    calendar(NEW_YEAR)
    assert len(overdue_keys(site, NEW_YEAR)) == 6
    assert statements_of_a_night(site) == of_one


def test_a_night_finds_overdue_and_paid_fees_by_indexes_in_a_large_table(site):
    payment = Payment.objects.create(
        site=site, provider="offline", amount=4_000_000, currency="CNY", created_at=clock.now()
    )
    with transaction.atomic():
        values = {"site": site.pk, "payment": payment.pk, "now": clock.now()}
        with connection.cursor() as cursor:
            cursor.execute(_CHARGES, values)
            cursor.execute(_ALLOCATIONS, values)
            cursor.execute("ANALYZE billing_charge, billing_allocation")
        assert len(open_fees(site, clock.now())) == 200
        assert "charge_unpaid" in open_fees(site, clock.now()).explain()
        assert "allocation_by_time" in paid_lately(site, clock.now()).explain()
        transaction.set_rollback(True)
    assert not Charge.objects.exists()
