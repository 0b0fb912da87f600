"""Restore a backup into a stopped installation.

Everything that can refuse does so before anything is changed: checksums, versions, the passphrase,
a target that is in use or not empty.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from config.appliance import broker, postgres, runtime
from config.appliance.output import print_line
from config.appliance.postgres import Postgres
from config.appliance.processes import stop_leftovers
from config.appliance.runtime import Plan
from config.appliance.supervisor import StartError, Supervisor, exclusive_home
from config.backup import certificates, dump, keys, photos, target
from config.backup.errors import BackupError
from config.backup.manifest import ANCHORS, CERTIFICATES, DATABASE, KEYS, PHOTOS, Manifest
from config.backup.server import Server

Report = Callable[[str], None]
Confirm = Callable[[list[str]], bool]


@dataclass(frozen=True)
class Restored:
    """The result: rows and files restored, and what the operator should know."""

    rows: int
    files: int
    warnings: list[str]


def restore(
    folder: Path, plan: Plan, *, passphrase: str, confirm: Confirm, report: Report
) -> Restored:
    """Restore a backup.

    Args:
        folder: the backup.
        plan: of the installation that is restored into.
        passphrase: of the backup's keys; empty where they are not encrypted.
        confirm: gets what would be deleted, asks the operator, and returns whether to go on. It is
            not called where the target is empty.
        report: receives lines of progress.

    Raises:
        BackupError: the backup is damaged, does not fit the target, or was not confirmed.
    """
    manifest = Manifest.read(folder)
    report(f"backup of {manifest.created_at}, Gatehouse {manifest.gatehouse}")
    _check_migrations(manifest)
    report("checking the checksums")
    manifest.check_files(folder)
    secrets = keys.read(folder / KEYS, passphrase, manifest.keys_encrypted)
    _check_environment(plan, secrets)
    with _stopped(plan), _database(plan) as server:
        target.check(server, manifest)
        losses = _losses(plan, server, secrets)
        if losses and not confirm(losses):
            raise BackupError("Nothing was changed.")
        restored = _replace(folder, plan, server, manifest, secrets, bool(losses), report)
        number = certificates.unpack(
            folder / CERTIFICATES, plan.home, passphrase, manifest.keys_encrypted
        )
        report(f"certificates: {number} files")
        return restored


def _replace(
    folder: Path,
    plan: Plan,
    server: Server,
    manifest: Manifest,
    secrets: dict[str, str],
    occupied: bool,
    report: Report,
) -> Restored:
    if occupied:
        report("database: deleting what is there")
        target.empty(server)
    warnings = _load(folder, server, manifest, report)
    report("database: counting rows")
    _check_counts(server, manifest)
    files = photos.unpack(folder / PHOTOS, Path(settings.MEDIA_ROOT))
    report(f"photos: {files} files")
    _store_keys(plan, secrets)
    _store_anchors(folder)
    return Restored(sum(manifest.rows.values()), files, warnings)


def _check_migrations(manifest: Manifest) -> None:
    loader = MigrationLoader(None)
    ours = {f"{app}.{name}" for app, name in loader.disk_migrations}
    ours |= {f"{a}.{n}" for m in loader.disk_migrations.values() for a, n in m.replaces}
    apps = {name.partition(".")[0] for name in ours}
    unknown = [n for n in manifest.migrations if n not in ours and n.partition(".")[0] in apps]
    if unknown:
        raise BackupError(
            f"The backup is of a newer Gatehouse ({manifest.gatehouse}): this version has no "
            f"migration {unknown[-1]}. Install that version, then restore."
        )


def _check_environment(plan: Plan, secrets: dict[str, str]) -> None:
    """Refuse where the environment sets other keys: it would win over those of the backup."""
    for name, value in secrets.items():
        chosen = plan.choices.chosen(name)
        if chosen and chosen != value:
            raise BackupError(
                f"The environment sets another {name} than the backup's: set it to the one in "
                f"{KEYS} of the backup, or leave it unset, then restore."
            )


@contextmanager
def _stopped(plan: Plan) -> Iterator[None]:
    """Make sure that no Gatehouse runs in this home, and that none starts meanwhile."""
    plan.home.create()
    try:
        with exclusive_home(plan.home):
            stop_leftovers(plan.home, print_line, last=(broker.NAME, postgres.NAME))
            yield
    except StartError as error:
        raise BackupError(str(error)) from None


@contextmanager
def _database(plan: Plan) -> Iterator[Server]:
    """Start the embedded PostgreSQL for the time of the restore, where there is no other."""
    if not plan.own_database:
        yield Server.of(plan)
        return
    database = Postgres(plan.home, plan.secrets["GATEHOUSE_DATABASE_PASSWORD"])
    sockets = str(database.socket_folder)
    runtime.write(plan.home, runtime.read(plan.home) | plan.stored_values(sockets))
    supervisor = Supervisor(plan.home, plan.environment(sockets))
    try:
        database.initialise()
        supervisor.wait_for(supervisor.start(database.program()), database.is_ready)
        database.create_database()
        yield Server.of(plan)
    except postgres.DatabaseError as error:
        raise BackupError(str(error)) from None
    finally:
        supervisor.stop_all()


def _losses(plan: Plan, server: Server, secrets: dict[str, str]) -> list[str]:
    """Describe what a restore would delete."""
    stored = runtime.read(plan.home)
    losses = []
    if not target.is_empty(server):
        losses.append(f"everything in the database {server.database}")
    if not photos.is_empty(Path(settings.MEDIA_ROOT)):
        losses.append(f"every photo and receipt in {settings.MEDIA_ROOT}")
    if losses and any(stored.get(name, value) != value for name, value in secrets.items()):
        losses.append(f"the keys in {plan.home.runtime_env}")
    return losses


def _load(folder: Path, server: Server, manifest: Manifest, report: Report) -> list[str]:
    keep_roles = target.keeps_roles(server, manifest)
    if manifest.timescaledb:
        target.prepare_timescaledb(server, manifest.timescaledb)
    try:
        report(f"database: loading {sum(manifest.rows.values())} rows")
        errors = dump.load(server, folder / DATABASE, keep_roles=keep_roles, report=report)
    finally:
        if manifest.timescaledb:
            target.finish_timescaledb(server)
    server.query("ANALYZE")
    warnings = [f"pg_restore went on after errors: {errors}"] if errors else []
    if not keep_roles and set(manifest.roles) - {server.user}:
        warnings.append(
            f"every table belongs to {server.user} now: a role of the backup is missing here or "
            "this one is not a superuser. Set the privileges of the other roles again."
        )
    return warnings


def _check_counts(server: Server, manifest: Manifest) -> None:
    with dump.snapshot(server) as restored:
        counts = restored.counts()
    for table, expected in manifest.rows.items():
        if counts.get(table) != expected:
            raise BackupError(
                f"{table} has {counts.get(table, 'no')} rows after the restore, and the backup has "
                f"{expected}: do not use this database; restore again with --force."
            )


def _store_keys(plan: Plan, secrets: dict[str, str]) -> None:
    """Store the backup's keys in runtime.env, unless the environment sets them."""
    ours = {name: value for name, value in secrets.items() if not plan.choices.chosen(name)}
    if ours:
        runtime.write(plan.home, runtime.read(plan.home) | ours)


def _store_anchors(folder: Path) -> None:
    """Put the backup's anchors in place; those of the replaced database stay beside them."""
    anchors = settings.AUDIT_ANCHORS
    if anchors.is_file():
        anchors.replace(anchors.with_name(f"{anchors.name}.before-restore"))
    if (folder / ANCHORS).is_file():
        anchors.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / ANCHORS, anchors)
        anchors.chmod(0o600)
