"""Version and licence of this database's TimescaleDB; works on plain PostgreSQL too."""

from django.db import connection

COMMUNITY = "timescale"
APACHE = "apache"


def license_name() -> str:
    """Return the licence, `timescale` (Community) or `apache`; empty without the extension.

    The setting exists only in a database whose extension has been loaded.
    """
    return _text("SELECT coalesce(current_setting('timescaledb.license', true), '')")


def installed_version() -> str:
    """Return the version of the extension in this database; empty where it is not installed."""
    return _text("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")


def available_version() -> str:
    """Return the newest version that the server's packages offer; empty where there are none."""
    return _text("SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'")


def is_loaded() -> bool:
    """Return whether the server has TimescaleDB in `shared_preload_libraries`.

    Its loader makes the settings. Without it, CREATE EXTENSION ends the connection.
    """
    return _text("SELECT count(*) FROM pg_settings WHERE name LIKE 'timescaledb.%'") != "0"


def _text(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return str(row[0]) if row and row[0] is not None else ""
