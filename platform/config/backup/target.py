"""The database that a backup is restored into: check it, empty it, prepare TimescaleDB in it."""

from contextlib import closing

from psycopg2 import sql

from config.backup.errors import BackupError
from config.backup.manifest import Manifest
from config.backup.server import Server

_OBJECTS = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND relkind IN ('r', 'p', 'v')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = n.oid AND deptype = 'e')
"""
_SCHEMAS = """
SELECT nspname FROM pg_namespace n
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = n.oid AND deptype = 'e')
"""
_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_OFFERED = """
SELECT FROM pg_available_extension_versions WHERE name = 'timescaledb' AND version = %s
"""
_INSTALLED = "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
_EXISTING_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)"


def check(server: Server, manifest: Manifest) -> None:
    """Make sure that the backup can be restored into this database.

    Raises:
        BackupError: it is in use, its version is older, or TimescaleDB of that version is missing.
    """
    [[sessions]] = server.query(_SESSIONS)
    if sessions:
        raise BackupError(
            f"{sessions} sessions use {server.database}: stop every process of Gatehouse first."
        )
    if server.version // 10_000 < manifest.postgres // 10_000:
        raise BackupError(
            f"The backup is of PostgreSQL {manifest.postgres // 10_000}, and this server is of "
            f"{server.major}: restore into the same or a newer version."
        )
    if manifest.timescaledb:
        _check_timescaledb(server, manifest.timescaledb)


def _check_timescaledb(server: Server, version: str) -> None:
    if not server.query(_OFFERED, version):
        raise BackupError(
            f"The backup needs TimescaleDB {version}, which this server does not offer: use its "
            f"image of that version (timescale/timescaledb:{version}-pg{server.major}), and update "
            "the extension after the restore."
        )
    if not server.is_superuser:
        raise BackupError(
            f"The role {server.user} is not a superuser, and only one can restore TimescaleDB's "
            "catalogue: set DATABASE_OWNER_URL to a superuser's."
        )


def is_empty(server: Server) -> bool:
    """Return whether the database holds no table or view, apart from an extension's own."""
    [[objects]] = server.query(_OBJECTS)
    return not objects


def empty(server: Server) -> None:
    """Drop everything in the database, extensions that telemetry uses included."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")
        cursor.execute(_SCHEMAS)
        for (schema,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        cursor.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def prepare_timescaledb(server: Server, version: str) -> None:
    """Create the extension at the backup's version, and set it to restoring.

    Each statement has a session of its own: the extension's library is loaded for the version that
    is there when the session begins. TimescaleDB: "Logical backup", "timescaledb_pre_restore".
    """
    installed = server.query(_INSTALLED)
    if installed and installed[0][0] != version:
        server.query("DROP EXTENSION timescaledb CASCADE")
        installed = []
    if not installed:
        server.query("CREATE EXTENSION timescaledb VERSION %s", version)
    server.query("SELECT timescaledb_pre_restore()")


def finish_timescaledb(server: Server) -> None:
    """End the restoring state, in which TimescaleDB neither checks nor runs anything."""
    server.query("SELECT timescaledb_post_restore()")


def keeps_roles(server: Server, manifest: Manifest) -> bool:
    """Return whether owners and privileges can be restored: every role exists, and we may."""
    names = {name for (name,) in server.query(_EXISTING_ROLES, manifest.roles)}
    return server.is_superuser and names >= set(manifest.roles)
