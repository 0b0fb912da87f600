"""What doctor reports about telemetry; TimescaleDB's catalogue is played by stand-ins."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from devices.telemetry import health, timescale
from devices.telemetry.rollups import roll_up

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
CATALOGUE = """
CREATE SCHEMA timescaledb_information;
CREATE TABLE timescaledb_information.hypertables (
    hypertable_name name, compression_enabled boolean);
CREATE TABLE timescaledb_information.continuous_aggregates (
    view_name name, compression_enabled boolean);
CREATE TABLE timescaledb_information.chunks (hypertable_name name, is_compressed boolean);
"""
AGGREGATE = """
DROP TABLE telemetry_minute;
CREATE VIEW telemetry_minute AS SELECT * FROM telemetry_hour;
"""
HYPERTABLE = """
CREATE TABLE hypertable (LIKE telemetry_measurement);
DROP TABLE telemetry_measurement;
ALTER TABLE hypertable RENAME TO telemetry_measurement;
"""
COLUMNSTORE = (
    "INSERT INTO timescaledb_information.hypertables VALUES ('telemetry_measurement', true)"
)


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def problems(now=NOON):
    return [finding.problem for finding in health.findings(now)]


@pytest.fixture
def versions(monkeypatch):
    """Set the version of the extension in the database and the one that the server offers."""
    if timescale.installed_version():
        pytest.skip("TimescaleDB itself is here, with its own catalogue")
    run(CATALOGUE)

    def install(installed, available=None):
        monkeypatch.setattr(timescale, "installed_version", lambda: installed)
        monkeypatch.setattr(timescale, "available_version", lambda: available or installed)

    install("2.29.2")
    return install


def test_plain_postgresql_has_no_findings():
    assert problems() == []


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize("made_with", [AGGREGATE, HYPERTABLE + COLUMNSTORE])
def test_a_community_database_run_under_the_apache_licence_is_reported(made_with):
    run(made_with)
    run("SET LOCAL timescaledb.license = 'apache'")
    [problem] = problems()
    assert "no telemetry can be stored" in problem


@pytest.mark.usefixtures("versions")
def test_a_database_created_under_the_apache_licence_and_run_under_it_is_fine():
    run(HYPERTABLE)
    run("SET LOCAL timescaledb.license = 'apache'")
    assert problems() == []


@pytest.mark.usefixtures("versions")
def test_a_community_server_with_tables_made_without_it_points_to_the_conversion():
    run(HYPERTABLE)
    run("SET LOCAL timescaledb.license = 'timescale'")
    [finding] = health.findings(NOON)
    assert "without its columnstore" in finding.problem
    assert "use_hypertables" in finding.hint


@pytest.mark.parametrize(
    ("installed", "available", "text"),
    [
        ("2.22.0", "2.22.0", "leaves gaps"),
        ("2.18.2", "2.29.2", "may lose late rows"),
        ("2.28.0", "2.29.2", "offers TimescaleDB 2.29.2, and this database uses 2.28.0"),
    ],
)
def test_a_faulty_or_outdated_version_is_reported(versions, installed, available, text):
    versions(installed, available)
    [problem] = problems()
    assert text in problem


def test_roll_ups_that_are_behind_are_reported():
    roll_up(NOON)
    assert problems(NOON + timedelta(minutes=10)) == []
    assert problems(NOON + timedelta(minutes=30)) == ["the roll-ups are 31 minutes behind."]


@pytest.mark.usefixtures("versions")
def test_a_limit_that_rejects_late_batches_is_reported():
    run(AGGREGATE + COLUMNSTORE)
    run("SET LOCAL timescaledb.license = 'timescale'")
    assert problems() == []
    run("SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 100000")
    assert problems() == ["late batches are rejected above 100000 rows of compressed data."]
