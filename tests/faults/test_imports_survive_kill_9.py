"""A list is imported once and whole, whenever its worker is killed."""

import pytest

from tests.faults.appliance import Appliance, wait_for

pytestmark = pytest.mark.faults

ROWS = 6000
UPLOAD = f"""
from core import imports
from tests.factories import *
site, user = SiteFactory(slug="lakeside"), UserFactory(username="manager")
rows = "".join(f"B{{n // 100}},{{n % 100:04d}},{{50 + n % 40}}\\n" for n in range({ROWS}))
imports.upload(site, user, "units", "units.csv", ("building,unit,built-up area\\n" + rows).encode())
"""
CONFIRM = """
from core import imports
from core.models import ImportBatch, User
imports.confirm(ImportBatch.objects.get(), User.objects.get(username="manager"))
"""
STAGED = "SELECT count(*) FROM core_importrow"
UNITS = "SELECT count(*) FROM estate_unit"
# A transaction that has inserted units is open.
IS_WRITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE relation = 'estate_unit'::regclass AND mode = 'RowExclusiveLock'"
)


def is_in(appliance: Appliance, state: str) -> bool:
    return appliance.query("SELECT state FROM core_importbatch") == [(state,)]


def test_a_killed_check_and_a_killed_import_go_on_without_loss_or_duplicates(
    appliance: Appliance,
):
    appliance.manage("shell", "--command", UPLOAD)
    worker = appliance.run_jobs("bulk")
    wait_for(lambda: appliance.number(STAGED) > 0, "the first rows are staged")
    appliance.kill(worker)
    assert appliance.number(STAGED) < ROWS, "it was killed in the middle"
    appliance.restart(worker)
    wait_for(lambda: is_in(appliance, "checked"), "the list is checked")
    assert appliance.number(STAGED) == ROWS

    appliance.kill(worker)  # or it might have imported the list before this test looks
    appliance.manage("shell", "--command", CONFIRM)
    appliance.restart(worker)
    wait_for(lambda: appliance.number(IS_WRITING) > 0, "units are being written")
    appliance.kill(worker)
    assert appliance.number(UNITS) == 0, "nothing is half-written"
    appliance.restart(worker)
    wait_for(lambda: is_in(appliance, "applied"), "the list is imported")
    assert appliance.number(UNITS) == ROWS
    assert appliance.number("SELECT count(DISTINCT (building_id, code)) FROM estate_unit") == ROWS
    assert appliance.number(STAGED) == 0
