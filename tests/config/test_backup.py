"""A backup of a running appliance is restored into another home, with photos and telemetry."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from config import checks
from config.appliance import runtime, web_certificate
from config.appliance.certificates import server_files
from config.appliance.places import CODE, Home
from config.backup import keys, photos, server, state, target
from config.backup.errors import BackupError
from config.backup.manifest import Manifest
from config.backup.state import last_backup
from core import clock
from tests.config.running import Appliance
from tests.faults.migrated_home import copy_home
from tests.faults.migrated_home import migrated_home as migrated_home

PHOTO = b"\xff\xd8 a photo of a car"
FILL = """
from datetime import timedelta
from django.db import transaction
from core import clock
from devices.telemetry import copy, partitions, rollups
from devices.telemetry.models import Metric
from tests.rooms import World
partitions.create_partitions(clock.now().date())
world = World.build()
metric = Metric.objects.create(name="power")
device, now = world.camera, clock.now()
batch = copy.Batch(now)
for n in range(500):
    at = now - timedelta(minutes=7 * n)
    batch.append_report(device.pk, at, {"power": n}, {"power": metric.pk})
with transaction.atomic():
    copy.insert(batch)
while not rollups.roll_up():  # in several runs on a busy machine
    pass
"""
TELEMETRY = ("telemetry_measurement", "telemetry_minute", "telemetry_hour")


def manage(appliance: Appliance, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py in the appliance's home, as an operator does."""
    environment = {
        name: value
        for name, value in appliance.environment.items()
        if name not in ("GATEHOUSE_READ_RUNTIME", "GATEHOUSE_MASTER_KEY", "GATEHOUSE_SECRET_KEY")
    }
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=CODE,
        env=environment,
        capture_output=True,
        text=True,
    )


def succeed(appliance: Appliance, *command: str) -> str:
    done = manage(appliance, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def fail(appliance: Appliance, *command: str) -> str:
    done = manage(appliance, *command)
    assert done.returncode == 1, done.stdout
    return done.stderr


def rows(appliance: Appliance, statement: str) -> list[tuple]:
    url = runtime.read(appliance.home)["DATABASE_URL"]
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    connection.close()
    return found


def all_telemetry(appliance: Appliance) -> list[list[tuple]]:
    return [rows(appliance, f"TABLE {table} ORDER BY 1, 2, 3, 4") for table in TELEMETRY]


@pytest.fixture(scope="module")
def source(migrated_home: Path) -> Iterator[Appliance]:
    """A running appliance with a site with rows of every room, telemetry and a photo."""
    appliance = Appliance()
    copy_home(migrated_home, appliance.home.root)
    for name in ("GATEHOUSE_MASTER_KEY", "GATEHOUSE_SECRET_KEY"):
        appliance.environment.pop(name, None)
    try:
        appliance.up()
        succeed(appliance, "shell", "-c", FILL)
        photo = appliance.home.root / "media" / "2031" / "a.jpg"
        photo.parent.mkdir(parents=True)
        photo.write_bytes(PHOTO)
        (appliance.home.root / "audit.anchors").write_text("an anchor\n")
        pair = (file.read_text() for file in server_files(appliance.home, ()))
        web_certificate.choose_uploaded(appliance.home, *pair)
        yield appliance
    finally:
        appliance.clear_away()


@pytest.fixture(scope="module")
def backup(source: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup, taken while the appliance runs."""
    folder = tmp_path_factory.mktemp("backup") / "monday"
    output = succeed(source, "backup", str(folder))
    assert "Backed up" in output
    assert "holds the master key as text" in output
    return folder


@pytest.fixture
def empty_home() -> Iterator[Appliance]:
    appliance = Appliance()
    for name in ("GATEHOUSE_MASTER_KEY", "GATEHOUSE_SECRET_KEY"):
        appliance.environment.pop(name, None)
    yield appliance
    appliance.clear_away()


def test_a_restored_installation_holds_what_was_backed_up(source, backup, empty_home):
    output = succeed(empty_home, "restore", str(backup))
    assert "Start Gatehouse now" in output
    empty_home.up()
    assert all_telemetry(empty_home) == all_telemetry(source)
    for table, count in Manifest.read(backup).rows.items():
        statement = f"SELECT count(*) FROM {table}"  # noqa: S608
        assert rows(empty_home, statement) == [(count,)], table
    [[partitions]] = rows(
        empty_home,
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'telemetry_measurement'::regclass",
    )
    assert partitions > 8
    assert (empty_home.home.root / "media" / "2031" / "a.jpg").read_bytes() == PHOTO
    assert (empty_home.home.root / "audit.anchors").read_text() == "an anchor\n"
    assert web_certificate.chosen(empty_home.home).certificate.endswith("web.crt")
    assert web_certificate.chosen(empty_home.home).key.endswith("web.key")
    for file in source.home.tls.iterdir():
        restored = empty_home.home.tls / file.name
        assert restored.read_bytes() == file.read_bytes(), file.name
        assert oct(restored.stat().st_mode)[-3:] == "600"
    ours, theirs = runtime.read(empty_home.home), runtime.read(source.home)
    assert [ours[name] for name in keys.NAMES] == [theirs[name] for name in keys.NAMES]
    owners = "SELECT tableowner FROM pg_tables WHERE tablename = 'telemetry_measurement'"
    assert rows(empty_home, owners) == rows(source, owners)
    assert succeed(empty_home, "migrate", "--check") is not None


def test_the_manifest_counts_every_row_and_the_time_is_stored_for_doctor(source, backup):
    manifest = Manifest.read(backup)
    [[measurements]] = rows(source, "SELECT count(*) FROM telemetry_measurement")
    assert manifest.rows["telemetry_measurement"] == measurements > 500
    assert manifest.rows["devices_device"] > 0
    assert "telemetry.0001_initial" in manifest.migrations
    last = last_backup(source.home)
    assert last is not None
    assert last.folder == str(backup)
    assert oct(backup.stat().st_mode)[-3:] == "700"


def test_an_installation_that_runs_is_not_restored_into(source, backup):
    assert "already runs here" in fail(source, "restore", str(backup))


def test_a_folder_that_is_not_empty_is_not_backed_up_into(source, backup):
    assert "is not empty" in fail(source, "backup", str(backup))
    Manifest.read(backup).check_files(backup)


def damage(backup: Path, copy: Path, name: str) -> Path:
    shutil.copytree(backup, copy)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (copy / name).write_bytes(content)
    return copy


@pytest.mark.parametrize("name", ["database.dump", "media.tar", "keys.env"])
def test_a_damaged_backup_is_refused_before_anything_is_changed(backup, empty_home, tmp_path, name):
    damaged = damage(backup, tmp_path / "copy", name)
    assert f"{name} is damaged" in fail(empty_home, "restore", str(damaged))
    assert not empty_home.home.postgres.exists()


def test_an_incomplete_backup_is_refused(backup, empty_home, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(backup, copy)
    (copy / "manifest.json").unlink()
    assert "no complete backup" in fail(empty_home, "restore", str(copy))


def test_an_installation_that_is_not_empty_is_replaced_by_force_only(backup, empty_home):
    succeed(empty_home, "restore", str(backup))
    (empty_home.home.root / "media" / "later.jpg").write_bytes(PHOTO)
    refusal = fail(empty_home, "restore", str(backup))
    assert "everything in the database gatehouse" in refusal
    assert "every photo and receipt" in refusal
    assert (empty_home.home.root / "media" / "later.jpg").exists()
    assert "no terminal" in fail(empty_home, "restore", str(backup), "--force")
    succeed(empty_home, "restore", str(backup), "--force", "--yes")
    assert not (empty_home.home.root / "media" / "later.jpg").exists()


def test_encrypted_keys_need_their_passphrase(source, empty_home, tmp_path):
    secret, other = tmp_path / "secret", tmp_path / "other"
    secret.write_text("correct horse battery\n")
    other.write_text("incorrect horse battery\n")
    folder = tmp_path / "encrypted"
    output = succeed(source, "backup", str(folder), "--passphrase-file", str(secret))
    assert "as text" not in output
    master_key = runtime.read(source.home)["GATEHOUSE_MASTER_KEY"]
    assert master_key not in (folder / "keys.env").read_text()
    assert "PRIVATE KEY" not in (folder / "certificates.json").read_text()
    assert "tls/" not in (folder / "certificates.json").read_text()
    assert "name --passphrase-file" in fail(empty_home, "restore", str(folder))
    command = ("restore", str(folder), "--passphrase-file")
    assert "not the one" in fail(empty_home, *command, str(other))
    succeed(empty_home, *command, str(secret))
    assert runtime.read(empty_home.home)["GATEHOUSE_MASTER_KEY"] == master_key


def test_a_key_in_the_environment_that_is_not_the_backups_is_refused(backup, empty_home):
    empty_home.environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    environment = empty_home.environment | {"GATEHOUSE_MASTER_KEY": "cd" * 32}
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(backup)],
        cwd=CODE,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "another GATEHOUSE_MASTER_KEY" in done.stderr


def test_a_program_older_than_the_server_is_not_used():
    assert server.find_program("pg_dump", 18)
    with pytest.raises(BackupError, match="postgresql-client-99"):
        server.find_program("pg_dump", 99)


def test_a_damaged_photo_archive_leaves_the_present_photos_alone(tmp_path):
    media, archive = tmp_path / "media", tmp_path / "media.tar"
    media.mkdir()
    (media / "a.jpg").write_bytes(PHOTO)
    archive.write_bytes(b"no archive" * 100)
    with pytest.raises(BackupError, match="cannot be unpacked"):
        photos.unpack(archive, media)
    assert (media / "a.jpg").read_bytes() == PHOTO


class RecordingServer:
    """A server with TimescaleDB, of which this machine has none; records the statements."""

    major = 18
    user = "gatehouse"

    def __init__(self, installed: str, *, offered: bool = True, is_superuser: bool = True) -> None:
        self.installed, self.offered, self.is_superuser = installed, offered, is_superuser
        self.version = 180_004
        self.statements: list[str] = []

    def query(self, statement: str, *values: object) -> list[tuple]:
        statement = " ".join(statement.split())
        if "extversion" in statement:
            return [(self.installed,)] if self.installed else []
        if "pg_available_extension_versions" in statement:
            return [()] if self.offered else []
        if "pg_stat_activity" in statement:
            return [(0,)]
        self.statements.append(" ".join([statement, *map(str, values)]))
        return []


PREPARED = ["CREATE EXTENSION timescaledb VERSION %s 2.29.2", "SELECT timescaledb_pre_restore()"]


@pytest.mark.parametrize(
    ("installed", "statements"),
    [
        ("", PREPARED),
        ("2.29.2", PREPARED[1:]),
        ("2.28.0", ["DROP EXTENSION timescaledb CASCADE", *PREPARED]),
    ],
)
def test_the_extension_is_created_at_the_backups_version_before_the_restore(installed, statements):
    double = RecordingServer(installed)
    target.prepare_timescaledb(double, "2.29.2")
    assert double.statements == statements
    target.finish_timescaledb(double)
    assert double.statements[-1] == "SELECT timescaledb_post_restore()"


@pytest.mark.parametrize(
    ("double", "text"),
    [
        (RecordingServer("2.28.0", offered=False), "timescale/timescaledb:2.29.2-pg18"),
        (RecordingServer("2.29.2", is_superuser=False), "is not a superuser"),
    ],
)
def test_a_server_without_the_backups_timescaledb_is_refused(backup, double, text):
    manifest = replace(Manifest.read(backup), timescaledb="2.29.2")
    with pytest.raises(BackupError, match=text):
        target.check(double, manifest)


def test_a_backup_of_a_newer_postgresql_is_refused(backup):
    manifest = replace(Manifest.read(backup), postgres=190_001)
    with pytest.raises(BackupError, match="same or a newer version"):
        target.check(RecordingServer(""), manifest)


@pytest.mark.parametrize(("days", "well"), [(6, True), (8, False)])
def test_doctor_reports_a_backup_that_is_too_old(tmp_path, days, well):
    home = Home.at(tmp_path)
    assert checks.last_backup(home).ok, "another program may make the backups"
    state.remember(home, (clock.now() - timedelta(days=days, hours=1)).isoformat(), tmp_path)
    found = checks.last_backup(home)
    assert found.ok is well
    assert f"{days} days ago" in str(found)
