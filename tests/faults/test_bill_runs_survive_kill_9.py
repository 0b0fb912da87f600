"""The bills of a run are issued once each, whenever its worker is killed."""

import pytest

from tests.faults.appliance import Appliance, wait_for

pytestmark = pytest.mark.faults

UNITS = 4000
START = f"""
from datetime import date
from benchmarks.parts.bill_runs import populate
from fees.runs import start_run
from tests.factories import *
site, user = SiteFactory(slug="lakeside"), UserFactory(username="manager")
item = FeePriceFactory(item__site=site).item
populate(site, {UNITS})
start_run(site, user, month=date(2026, 11, 1), items=[item])
"""
ISSUE = """
from core.models import User
from fees.models import BillRun
from fees.runs import issue_run
issue_run(BillRun.objects.get(), User.objects.get(username="manager"))
"""
BILLS = "SELECT count(*) FROM billing_bill"
# The last digits of the numbers, which have no gaps.
NUMBERS = "SELECT max(right(number, 6)::integer) FROM billing_bill"
CHARGED = "SELECT count(DISTINCT (source_type, source_id, period)) FROM billing_charge"
UNBALANCED = "SELECT sum(amount)::integer FROM billing_ledgerline"


def is_in(appliance: Appliance, state: str) -> bool:
    return appliance.query("SELECT state FROM fees_billrun") == [(state,)]


def test_a_run_that_is_killed_while_it_issues_goes_on_without_a_second_bill(
    appliance: Appliance,
) -> None:
    appliance.manage("shell", "--command", START)
    worker = appliance.run_jobs("bulk")
    wait_for(lambda: is_in(appliance, "previewed"), "the run is staged", 60)

    appliance.kill(worker)  # or it might have issued all bills before this test looks
    appliance.manage("shell", "--command", ISSUE)
    appliance.restart(worker)
    wait_for(lambda: appliance.number(BILLS) > 0, "the first bills are issued")
    appliance.kill(worker)
    assert appliance.number(BILLS) < UNITS, "it was killed in the middle"
    appliance.restart(worker)
    wait_for(lambda: is_in(appliance, "issued"), "all bills are issued", 60)
    assert appliance.number(BILLS) == appliance.number(NUMBERS) == UNITS
    assert appliance.number("SELECT count(*) FROM billing_charge") == UNITS
    assert appliance.number(CHARGED) == UNITS
    assert appliance.number(UNBALANCED) == 0
