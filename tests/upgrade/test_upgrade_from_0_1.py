"""An installation of version 0.1 upgrades with `manage.py migrate` and keeps what it held."""

import json
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from core.permissions import default_grants
from tests.upgrade import schema
from tests.upgrade.conftest import Installation

# Table in 0.1, and what it is called now.
TABLES = {
    "parking_stay": "parking_stay",
    "access_passage": "access_passage",
    "access_decision": "access_decision",
    "billing_payment": "billing_payment",
    "billing_ledgerentry": "billing_ledgerentry",
    "billing_ledgerline": "billing_ledgerline",
    "core_auditentry": "core_auditentry",
    "devices_deviceevent": "devices_deviceevent",
    "incidents_incident": "incidents_incident",
    "meters_meterreading": "metering_meterreading",
    "telemetry_mark": "telemetry_rollupprogress",
    "telemetry_measurement": "telemetry_measurement",
    "telemetry_minute": "telemetry_minute",
}
# A replay that was under way when the installation was upgraded.
START_REPLAY = """
INSERT INTO devices_replay (id, actor, begun_at, total, done, failed, last_letter, site_id)
VALUES (7, 'technician', now(), 2, 1, 0, 0, 1);
UPDATE devices_deadletter SET replay_id = 7;
"""

# Values of columns that are renamed; the demo leaves them empty.
FILL_RENAMED_COLUMNS = """
UPDATE meters_meterreading SET told = 99112.42, doubt = 'high' WHERE id = 1;
UPDATE access_passage SET forgotten = true WHERE id = 36;
"""


@pytest.fixture(scope="module")
def before(installation: Installation) -> dict[str, int]:
    """How many rows each table held before the upgrade."""
    return {table: installation.count(table) for table in TABLES}


LINES = """
SELECT l.id, e.reference, a.code, l.amount FROM billing_ledgerline l
JOIN billing_ledgerentry e ON e.id = l.entry_id JOIN billing_account a ON a.id = l.account_id
ORDER BY l.id
"""
PAID = """
SELECT s.public_id, p.amount, p.at, p.quoted_at FROM parking_staypayment p
JOIN parking_stay s ON s.id = p.stay_id ORDER BY s.public_id, p.at
"""
ITEMS = """
SELECT p.public_id, s.public_id, p.amount, q.at, coalesce(q.tariff, '') FROM billing_payment p
JOIN parking_stay s ON s.id = p.stay_id LEFT JOIN parking_quote q ON q.id = p.quote_id ORDER BY p.id
"""
RECEIVED = """
import json
from parking.charges import received_for
from parking.models import Stay
print(json.dumps([
    [stay.public_id, each.amount, each.paid_at.isoformat(), each.quoted_at.isoformat()]
    for stay in Stay.objects.order_by("public_id") for each in received_for(stay)
]))
"""
OWED = """
import json
from billing.selectors import in_doubt, owed_back
from core.models import Site
site = Site.objects.get()
owed = [each.money.minor for each in owed_back(site)]
print(json.dumps({"owed": owed, "doubtful": in_doubt(site).count()}))
"""


@pytest.fixture(scope="module")
def money_before(installation: Installation) -> dict[str, list[Any]]:
    """The money of version 0.1: its ledger, what was paid for its stays, and by which payments."""
    paid = [
        [stay, amount, at.isoformat(), quoted_at.isoformat()]
        for stay, amount, at, quoted_at in installation.rows(PAID)
    ]
    return {
        "lines": installation.rows(LINES),
        "paid": paid,
        "items": installation.rows(ITEMS),
    }


STAYS = """
SELECT public_id, plate, status, entered_at, left_at, price, entry_passage_id, exit_passage_id
FROM parking_stay ORDER BY id
"""
RECOMPUTE = """
from parking.models import Stay
from parking.recompute import recompute
for stay in Stay.objects.filter(status__in=["open", "closed"]).order_by("pk"):
    recompute(stay.lot, [stay.plate], stay.entered_at)
"""


@pytest.fixture(scope="module")
def stays_before(installation: Installation, before: dict[str, int]) -> list[Any]:
    """The stays of version 0.1."""
    return installation.rows(STAYS)


@pytest.fixture(scope="module")
def upgraded(
    installation: Installation,
    before: dict[str, int],
    money_before: dict[str, list[Any]],
    stays_before: list[Any],
) -> Installation:
    """The same installation after `migrate`."""
    with installation.connect() as connection, connection.cursor() as cursor:
        cursor.execute(START_REPLAY)
        cursor.execute(FILL_RENAMED_COLUMNS)
    installation.manage("migrate", "--verbosity", "0")
    return installation


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_lost(upgraded: Installation, before: dict[str, int], table: str) -> None:
    assert before[table] > 0, "the dump holds some"
    assert upgraded.count(TABLES[table]) >= before[table]


def test_the_roll_ups_continue_where_they_were(upgraded: Installation) -> None:
    progress = upgraded.rows(
        "SELECT claimed_until AT TIME ZONE 'UTC' = '2026-11-29 16:42',"
        " completed_until AT TIME ZONE 'UTC' = '2026-11-29 16:42' FROM telemetry_rollupprogress"
    )
    assert progress == [(True, True)]


def test_nothing_is_left_to_migrate(upgraded: Installation) -> None:
    upgraded.manage("migrate", "--check")


def test_the_squashed_migrations_are_recorded_as_applied(upgraded: Installation) -> None:
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    applied = upgraded.rows("SELECT app, name FROM django_migrations")
    assert {key for key, each in disk.items() if each.replaces} <= set(applied)


@pytest.mark.django_db
def test_the_schema_is_that_of_a_new_installation(upgraded: Installation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(schema.QUERY)
        new = schema.normalized(cursor.fetchall())
    assert schema.normalized(upgraded.rows(schema.QUERY)) == new


def test_staff_keep_their_roles_and_what_these_permit(upgraded: Installation) -> None:
    staff = upgraded.rows(
        "SELECT username, code, count(permission_id) FROM people_membership m"
        " JOIN core_user u ON u.id = user_id JOIN people_role r ON r.id = m.role_id"
        " JOIN people_rolepermission p ON p.role_id = r.id GROUP BY 1, 2 ORDER BY 1"
    )
    assert [row[:2] for row in staff] == [(code, code) for code in ("guard", "manager", "security")]
    granted = {code: count for _name, code, count in staff}
    assert granted == {code: len(default_grants()[code]) for code in granted}
    assert granted["manager"] == upgraded.count("people_permission")


def test_paid_amounts_and_receipt_numbers_stay(upgraded: Installation) -> None:
    paid = upgraded.rows(
        "SELECT receipt_no, amount FROM billing_payment WHERE state = 'paid' ORDER BY receipt_no"
    )
    amounts = [2400, 1400, 400, 200, 100, 300, 300, 100, 100]
    assert paid == list(enumerate(amounts, start=1))


def test_renamed_columns_keep_their_values(upgraded: Installation) -> None:
    readings = "SELECT id, reported, problem FROM metering_meterreading WHERE problem <> ''"
    assert upgraded.rows(readings) == [(1, 99112.42, "high")]
    assert upgraded.rows("SELECT id FROM access_passage WHERE redacted") == [(36,)]


def test_every_stay_is_found_by_a_part_of_its_plate(upgraded: Installation) -> None:
    part = "ARRAY[site_id || ':' || right(folded, 2)]"
    found = f"parking_plate_grams(site_id, folded) @> {part}"
    missing = upgraded.value(f"SELECT count(*) FROM parking_stay WHERE NOT {found}")  # noqa: S608
    assert missing == 0


def test_nothing_that_was_charged_has_vat(upgraded: Installation) -> None:
    assert upgraded.count("billing_vatrate") == 0
    taxed = "SELECT count(*) FROM billing_charge WHERE vat_rate <> 0 OR vat_amount <> 0"
    assert upgraded.value(taxed) == 0
    posted = "SELECT count(*) FROM billing_account WHERE code = 'vat_payable'"
    assert upgraded.value(posted) == 0


def test_the_ledger_balances_as_before(upgraded: Installation) -> None:
    assert upgraded.value("SELECT sum(amount) FROM billing_ledgerline") == 0


def test_every_ledger_line_stays_with_its_account(
    upgraded: Installation, money_before: dict[str, list[Any]]
) -> None:
    assert upgraded.rows(LINES) == money_before["lines"]
    types = dict(upgraded.rows("SELECT code, type FROM billing_account"))
    assert types == {
        "cash": "asset",
        "stripe": "asset",
        "parking": "income",
        "refunds_due": "liability",
        "suspense": "liability",
    }


def test_every_ledger_line_has_the_day_of_its_entry_at_the_site(upgraded: Installation) -> None:
    other = upgraded.value(
        "SELECT count(*) FROM billing_ledgerline l JOIN billing_ledgerentry e ON e.id = l.entry_id"
        " JOIN core_site s ON s.id = e.site_id WHERE l.posted_on <> e.posted_on"
        " OR l.posted_on <> (e.at AT TIME ZONE s.timezone)::date"
    )
    assert other == 0
    totals = "SELECT account_id, posted_on, sum(amount) FROM {} GROUP BY 1, 2 ORDER BY 1, 2"
    assert upgraded.rows(totals.format("billing_dailytotal")) == upgraded.rows(
        totals.format("billing_ledgerline")
    )


def test_what_was_paid_for_a_stay_counts_towards_its_charge_from_the_same_instants(
    upgraded: Installation, money_before: dict[str, list[Any]]
) -> None:
    printed = upgraded.manage("shell", "--verbosity", "0", "--command", RECEIVED)
    assert json.loads(printed.strip().splitlines()[-1]) == money_before["paid"]


def test_every_payment_names_its_charge_and_its_offer(
    upgraded: Installation, money_before: dict[str, list[Any]]
) -> None:
    found = upgraded.rows(
        "SELECT p.public_id, c.source_id, i.amount, i.offered_at, i.basis"
        " FROM billing_paymentitem i JOIN billing_payment p ON p.id = i.payment_id"
        " JOIN billing_charge c ON c.id = i.charge_id WHERE c.source_type = 'stay' ORDER BY p.id"
    )
    assert found == money_before["items"]


def test_open_stays_have_drafts_and_closed_ones_charges_at_their_price(
    upgraded: Installation,
) -> None:
    states = upgraded.rows(
        "SELECT DISTINCT s.status, c.state FROM parking_stay s JOIN billing_charge c"
        " ON c.source_type = 'stay' AND c.source_id = s.public_id AND c.revision = 0 ORDER BY 1, 2"
    )
    assert ("open", "draft") in states
    assert {state for status, state in states if status == "closed"} <= {"open", "settled"}
    without = upgraded.value(
        "SELECT count(*) FROM parking_stay s WHERE status IN ('open', 'closed') AND NOT EXISTS"
        " (SELECT FROM billing_charge c WHERE c.source_id = s.public_id)"
    )
    assert without == 0
    cheaper = upgraded.value(
        "SELECT count(*) FROM parking_stay s JOIN billing_charge c ON c.source_id = s.public_id"
        " WHERE s.status = 'closed' AND c.amount < s.price"
    )
    assert cheaper == 0


def test_no_payment_is_allocated_beyond_its_charge(upgraded: Installation) -> None:
    beyond = upgraded.rows(
        "SELECT c.id FROM billing_charge c JOIN billing_allocation a ON a.charge_id = c.id"
        " GROUP BY c.id HAVING sum(a.amount) > c.amount"
    )
    assert beyond == []


def test_what_is_owed_back_and_in_suspense_stays(upgraded: Installation) -> None:
    printed = upgraded.manage("shell", "--verbosity", "0", "--command", OWED)
    assert json.loads(printed.strip().splitlines()[-1]) == {"owed": [300, 100], "doubtful": 1}


def test_the_old_audit_chain_still_verifies_and_goes_on(upgraded: Installation) -> None:
    head, count = upgraded.rows(
        "SELECT digest, seq FROM core_auditseal WHERE site_id = 1 ORDER BY seq DESC LIMIT 1"
    )[0]
    assert count == upgraded.count("core_auditentry") == 148
    assert f"{count} {head}" in upgraded.manage("verify_audit")


def test_an_old_audit_entry_is_found_by_its_subject(upgraded: Installation) -> None:
    found = upgraded.rows(
        "SELECT action FROM core_auditentry WHERE (subject_type, subject_id) = ('watch', '1')"
        " ORDER BY at"
    )
    assert found == [("add watch-list entry",), ("approve watch-list entry",)]


def test_an_altered_old_audit_entry_is_found(upgraded: Installation) -> None:
    with upgraded.connect().cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        change = "UPDATE core_auditentry SET actor = %s WHERE id = 3 RETURNING actor"
        cursor.execute("SELECT actor FROM core_auditentry WHERE id = 3")
        (actor,) = cursor.fetchone()
        cursor.execute(change, ["another"])
        assert "seal 3: its content was altered" in upgraded.manage("verify_audit", fails=True)
        cursor.execute(change, [actor])
    assert "seal 3" not in upgraded.manage("verify_audit")


def test_a_replay_under_way_becomes_a_run_that_resumes(upgraded: Installation) -> None:
    runs = upgraded.rows(
        "SELECT kind, state, total, done, cursor, letter.id FROM core_run run"
        " JOIN devices_deadletter letter ON letter.replay_id = run.id"
    )
    assert runs == [("devices.replay", "running", 2, 1, None, 1)]


def test_the_tables_of_the_former_job_queue_are_dropped(upgraded: Installation) -> None:
    assert upgraded.rows("SELECT 1 FROM pg_tables WHERE tablename LIKE 'django_q%'") == []


def test_dead_letters_keep_the_texts_they_came_with(upgraded: Installation) -> None:
    letters = upgraded.rows(
        "SELECT field, code, params::text, message, hint FROM devices_deadletter"
    )
    assert letters == [("at", "legacy", "{}", "is missing", "send it")]


def probe(installation: Installation, function: str) -> dict[str, Any]:
    """Run a function of `tests.upgrade.probe` on the installation and return its result."""
    command = f"import json; from tests.upgrade import probe; print(json.dumps(probe.{function}()))"
    printed = installation.manage("shell", "--verbosity", "0", "--command", command)
    return json.loads(printed.strip().splitlines()[-1])


def test_the_manager_opens_every_page_after_the_upgrade(upgraded: Installation) -> None:
    assert probe(upgraded, "open_pages") == {}


def test_doctor_finds_no_fault_in_the_upgraded_database(upgraded: Installation) -> None:
    assert probe(upgraded, "check_database") == {}


def test_every_passage_has_an_adjusted_time_and_its_movement(upgraded: Installation) -> None:
    assert upgraded.value("SELECT count(*) FROM access_passage WHERE seen_at IS NULL") == 0
    far = "SELECT count(*) FROM access_passage WHERE seen_at NOT IN (at, received_at)"
    assert upgraded.value(far) == 0
    wrong = (
        "SELECT count(*) FROM access_passage WHERE clock_wrong"
        " IS DISTINCT FROM (abs(extract(epoch FROM received_at - at)) > 60)"
    )
    assert upgraded.value(wrong) == 0
    ended = upgraded.value(
        "SELECT count(*) FROM access_passage"
        " WHERE state IN ('passed', 'turned_back') AND ended_at IS NOT NULL"
    )
    assert upgraded.value("SELECT count(DISTINCT passage_id) FROM access_movement") == ended


def test_stays_are_those_of_version_0_1_and_nothing_recomputes_them(
    upgraded: Installation, stays_before: list[Any]
) -> None:
    assert len(stays_before) > 0
    assert upgraded.rows(STAYS) == stays_before
    upgraded.manage("shell", "--verbosity", "0", "--command", RECOMPUTE)
    assert upgraded.rows(STAYS) == stays_before
