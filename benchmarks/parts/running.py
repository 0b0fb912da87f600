"""The appliance of one benchmark: its database, broker and processes in a temporary folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.faults.appliance import Appliance
from tests.faults.migrated_home import copy_home

# A home with all tables to start from, named by the tests that run every benchmark.
TEMPLATE = "GATEHOUSE_MIGRATED_HOME"
NAME = f"gatehouse_benchmark_{os.getpid()}"


@contextmanager
def running_appliance(home: Path | None = None) -> Iterator[Appliance]:
    """Start an appliance, and remove it with all its data afterwards.

    This process and those that it starts use its settings from then on.

    Args:
        home: a folder that is kept, and used again by the next run.
    """
    folder = home or Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
    folder.mkdir(exist_ok=True)
    template = os.environ.pop(TEMPLATE, None)
    if template:
        copy_home(Path(template), folder)
    appliance = Appliance(folder)
    try:
        if template:
            appliance.start_servers()
        else:
            appliance.start()
        use_settings(appliance.environment)
        yield appliance
    finally:
        appliance.stop()
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(server: str | None = None) -> Iterator[str]:
    """Create an empty database for the time of the run; yields its URL.

    Args:
        server: URL of a database of the server to use; None starts one in a temporary folder.
    """
    if server is None:
        with running_appliance() as appliance:
            yield appliance.environment["DATABASE_URL"]
        return
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
        try:
            yield urlsplit(server)._replace(path=f"/{NAME}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
            connection.close()


def use_settings(environment: Mapping[str, str]) -> None:
    """Configure Django from this environment, and from no installation that runs here."""
    os.environ |= {
        **environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GATEHOUSE_READ_RUNTIME": "0",
    }
